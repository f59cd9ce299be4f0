#!/usr/bin/env bash
# pyarrow 26.0.1 and datasets 5.2.0 lose "iscrowd" from every annotation when the first one does not have it.
#
# Many writers state optional fields where they apply: "iscrowd" at crowds, "score" at what a detector drew.
# Table.from_pylist and Dataset.from_list take the names of the columns from the first record and skip all others,
# without a word. In the other direction nothing is lost: a field that later records lack is null there. pyarrow.array
# of the same list looks at every record, as does pyarrow's reader of the same list as JSON lines.
#
# Why it matters: whether crowds stay crowds depends on what stands first in the file. Sorting it, or taking another
# part, turns them into ordinary objects.
#
# Output seen:
#     iscrowd in the first: from_pylist 1, null, null; from_list 1, null, null; array 1, null, null; JSON 1, null, null
#     iscrowd in the last:  from_pylist no column; from_list no column; array null, null, 1; JSON null, null, 1
source "$(dirname "$0")/_setup.sh"
install pyarrow==26.0.1 datasets==5.2.0

expect <<'PROGRAM'
import json
import pathlib

import datasets
import pyarrow
import pyarrow.json

plain = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]}
crowd = {"image_id": 1, "category_id": 1, "bbox": [50, 50, 40, 40], "iscrowd": 1}


def flags(columns):
    """What a table of columns holds as the flag of each annotation."""
    if "iscrowd" not in columns:
        return "no column"
    return ", ".join("null" if flag is None else str(flag) for flag in columns["iscrowd"])


for title, records in {"first": [crowd, plain, plain], "last": [plain, plain, crowd]}.items():
    pathlib.Path("lines.json").write_text("".join(json.dumps(record) + "\n" for record in records))
    array = pyarrow.array(records)
    seen = {
        "from_pylist": pyarrow.Table.from_pylist(records).to_pydict(),
        "from_list": datasets.Dataset.from_list(records).to_dict(),
        "array": {field.name: array.field(field.name).to_pylist() for field in array.type},
        "JSON": pyarrow.json.read_json("lines.json").to_pydict(),
    }
    told = "; ".join(f"{name} {flags(columns)}" for name, columns in seen.items())
    print(f"{f'iscrowd in the {title}:':<21} {told}")
PROGRAM
