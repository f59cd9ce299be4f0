#!/usr/bin/env bash
# OpenVINO 2026.4.1 and onnxruntime 1.32.0 find 1 and 3 objects by the same ONNX model.
#
# NonMaxSuppression of ONNX suppresses a box that overlaps a better one by more than iou_threshold; 0, which is also
# what holds without that input, lets objects stay that do not overlap. onnxruntime and OpenCV's NMSBoxes do so.
# OpenVINO suppresses from the threshold on. With 0 it keeps one box of each class in the image, wherever the others
# are. With other thresholds it differs where an IoU is exactly the threshold, as that of boxes in whole pixels often
# is.
#
# Why it matters: a detector is exported to ONNX and tried with onnxruntime, and runs by OpenVINO on the device. There
# it sees one object of a class, and no error.
#
# Output seen:
#     three boxes apart, threshold 0:   onnxruntime 3, OpenCV 3, OpenVINO 1
#     the same, threshold left out:     onnxruntime 3, OpenVINO 1
#     IoU of 1/2, threshold 0.5:        onnxruntime 2, OpenCV 2, OpenVINO 1
#     IoU of 1/2, threshold 0.51:       onnxruntime 2, OpenCV 2, OpenVINO 2
source "$(dirname "$0")/_setup.sh"
install onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 numpy==2.4.6

expect <<'PROGRAM'
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

APART = [[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]]
HALF = [[0, 0, 10, 10], [0, 0, 10, 20]]


def model(threshold):
    """Non-maximum suppression of boxes and scores: at most ten of a class."""
    constants = [numpy_helper.from_array(np.array([10], np.int64), "most")]
    if threshold is not None:
        constants.append(numpy_helper.from_array(np.array([threshold], np.float32), "threshold"))
    names = ["boxes", "scores", *(constant.name for constant in constants)]
    node = helper.make_node("NonMaxSuppression", names, ["kept"])
    inputs = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, None, 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 1, None]),
    ]
    outputs = [helper.make_tensor_value_info("kept", TensorProto.INT64, [None, 3])]
    graph = helper.make_graph([node], "suppression", inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, "model.onnx")


def kept(boxes, threshold):
    """How many boxes of one class are left by each."""
    model(threshold)
    scores = np.linspace(0.9, 0.7, len(boxes), dtype=np.float32)
    given = {"boxes": np.array([boxes], np.float32), "scores": scores[None, None]}
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    seen = {"onnxruntime": len(session.run(None, given)[0])}
    if threshold is not None:
        sizes = [(left, top, right - left, bottom - top) for left, top, right, bottom in boxes]
        seen["OpenCV"] = len(cv2.dnn.NMSBoxes(sizes, scores.tolist(), 0.1, threshold))
    seen["OpenVINO"] = len(openvino.Core().compile_model("model.onnx", "CPU")(given)[0])
    return ", ".join(f"{name} {count}" for name, count in seen.items())


print(f"{'three boxes apart, threshold 0:':<33}", kept(APART, 0.0))
print(f"{'the same, threshold left out:':<33}", kept(APART, None))
print(f"{'IoU of 1/2, threshold 0.5:':<33}", kept(HALF, 0.5))
print(f"{'IoU of 1/2, threshold 0.51:':<33}", kept(HALF, 0.51))
PROGRAM
