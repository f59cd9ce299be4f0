#!/usr/bin/env bash
# The evaluation of trackers 2.6.1 finds no object in the ground truth of MOT15, or in that of a data set of cars.
#
# Files of MOTChallenge name frame, track, box and confidence. From MOT16 on, the eighth column of the ground truth is a
# class. evaluate_mot_sequence reads that column in every file: 1 is a pedestrian and counts, 2, 7, 8 and 12 are left
# out together with what is found at their place, and all others are no objects. MOT15 has -1 there, and data of one's
# own has its own numbers, from 0 or 1. Neither the page of the function nor the output says a word. Files without the
# column are evaluated.
#
# Here two objects go through ten frames, and a tracker follows both exactly.
#
# Why it matters: a perfect tracker gets 0, with false alarms alone, or with nothing at all. Where 1 is one class of
# several, the numbers are plausible, and those of that class.
#
# Output seen:
#     without a class:     MOTA 1.00, HOTA 1.00, hits 20, false alarms 0, missed 0
#     class 1:             MOTA 1.00, HOTA 1.00, hits 20, false alarms 0, missed 0
#     class -1 (MOT15):    MOTA 0.00, HOTA 0.00, hits 0, false alarms 20, missed 0
#     class 0:             MOTA 0.00, HOTA 0.00, hits 0, false alarms 20, missed 0
#     class 2:             MOTA 0.00, HOTA 0.00, hits 0, false alarms 0, missed 0
#     track 1 has class 1: MOTA 0.00, HOTA 0.71, hits 10, false alarms 10, missed 0
source "$(dirname "$0")/_setup.sh"
install trackers==2.6.1 supervision==0.31.2 scipy==1.17.1 numpy==2.4.6

expect <<'PROGRAM'
import pathlib

from trackers.eval import evaluate_mot_sequence


def write(name, end):
    """Two boxes of 20 x 20 pixels that move to the right; "end" makes the columns behind each."""
    rows = [f"{t},{track},{50 * track + t},10,20,20{end(track)}" for t in range(1, 11) for track in (1, 2)]
    pathlib.Path(name).write_text("\n".join(rows) + "\n")


def show(name, end):
    write("truth.txt", end)
    result = evaluate_mot_sequence("truth.txt", "found.txt", metrics=["CLEAR", "HOTA"])
    clear = result.CLEAR
    counts = f"hits {clear.CLR_TP}, false alarms {clear.CLR_FP}, missed {clear.CLR_FN}"
    print(f"{name + ':':<20} MOTA {clear.MOTA:.2f}, HOTA {result.HOTA.HOTA:.2f}, {counts}")


write("found.txt", lambda track: ",0.9,-1,-1,-1")
show("without a class", lambda track: ",1")
show("class 1", lambda track: ",1,1,1")
show("class -1 (MOT15)", lambda track: ",1,-1,-1,-1")
show("class 0", lambda track: ",1,0,1")
show("class 2", lambda track: ",1,2,1")
show("track 1 has class 1", lambda track: ",1,1,1" if track == 1 else ",1,3,1")
PROGRAM
