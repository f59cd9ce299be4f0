#!/usr/bin/env bash
# trackeval 1.3.0 and motmetrics 1.4.0 count different gaps in one track, and disagree about what is mostly tracked.
#
# A fragmentation is a gap: an object is tracked, lost and tracked again. trackeval passes over frames in which the
# tracker says nothing at all, and a gap of such frames is none. If anything else is reported meanwhile, even a false
# alarm, the same gap counts. motmetrics counts it either way. An object is "mostly tracked" if it is tracked for at least
# 80 % of its life, as MOTChallenge's papers and motmetrics have it; trackeval asks for more than 80 %.
#
# Here a person walks through ten frames and is lost in two of them. Both evaluators get the same overlaps.
#
# Why it matters: both numbers stand in tables about tracking. In videos of one object trackeval finds no fragmentation,
# however often it is lost; and a tracker that raises false alarms is charged with gaps that a silent one is not. Clips
# of 10, 25 or 50 frames make exactly 80 % a common share.
#
# Output seen:
#     fragmentations, mostly tracked:
#     a person lost in two of ten frames: trackeval 0, 0; motmetrics 1, 1
#     the same, false alarms meanwhile:   trackeval 1, 0; motmetrics 1, 1
#     a person never lost:                trackeval 0, 1; motmetrics 0, 1
source "$(dirname "$0")/_setup.sh"
install trackeval==1.3.0 motmetrics==1.4.0 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1

expect <<'PROGRAM'
import motmetrics
import numpy as np
from trackeval.metrics import CLEAR

PERSON, ALARM = 0, 1  # what the tracker reports; the person is the only object


def by_trackeval(frames):
    data = {
        "num_timesteps": len(frames),
        "num_gt_ids": 1,
        "num_tracker_ids": 2,
        "num_gt_dets": len(frames),
        "num_tracker_dets": sum(map(len, frames)),
        "gt_ids": [np.array([0])] * len(frames),
        "tracker_ids": [np.array(reported, int) for reported in frames],
        "similarity_scores": [np.array([[float(track == PERSON) for track in reported]]) for reported in frames],
    }
    seen = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    return f"{seen['Frag']:.0f}, {seen['MT']:.0f}"


def by_motmetrics(frames):
    sequence = motmetrics.MOTAccumulator(auto_id=True)
    for reported in frames:
        sequence.update([0], reported, [[0.0 if track == PERSON else np.nan for track in reported]])
    names = ["num_fragmentations", "mostly_tracked"]
    seen = motmetrics.metrics.create().compute(sequence, metrics=names, return_dataframe=False)
    return ", ".join(f"{seen[name]:.0f}" for name in names)


def show(name, gap):
    frames = [[PERSON]] * 4 + [gap] * 2 + [[PERSON]] * 4
    print(f"{name:35} trackeval {by_trackeval(frames)}; motmetrics {by_motmetrics(frames)}")


print("fragmentations, mostly tracked:")
show("a person lost in two of ten frames:", [])
show("the same, false alarms meanwhile:", [ALARM])
show("a person never lost:", [PERSON])
PROGRAM
