#!/usr/bin/env bash
# OpenCV 5.0.0.93 loses the objects of an ONNX model whose scores are below 0; onnxruntime 1.32.0 and OpenVINO 2026.4.1
# keep them.
#
# NonMaxSuppression of ONNX may be given a threshold for scores, below which boxes are removed. The specification has no
# default for it, and onnx's own evaluator removes nothing where it is left out. OpenCV's dnn removes all scores up to 0
# then. The model is read, and nothing is said. A threshold below 0 is an error there.
#
# Here are four objects apart from each other, with the scores of a network before its sigmoid, which is above 0.5 for
# the first one alone: 2 (0.88), -0.5 (0.38), -1 (0.27) and -2 (0.12).
#
# Why it matters: suppression goes by the order of scores, so that the sigmoid may come after it, or not at all. All
# objects of which the network is less sure than one half are gone, which costs recall and leaves precision.
#
# Output seen:
#     objects left, without a threshold: onnx 4, onnxruntime 4, OpenVINO 4, OpenCV 1
#     threshold -10:                     onnx 4, onnxruntime 4, OpenVINO 4, OpenCV refuses
#     without, and after the sigmoid:    onnx 4, onnxruntime 4, OpenVINO 4, OpenCV 4
source "$(dirname "$0")/_setup.sh"
install onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 numpy==2.4.6

expect <<'PROGRAM'
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

BOXES = np.array([[[20 * k, 0, 20 * k + 10, 10] for k in range(4)]], np.float32)
LOGITS = np.array([[[2, -0.5, -1, -2]]], np.float32)


def model(threshold):
    """Non-maximum suppression of at most ten boxes of a class, and above an IoU of one half."""
    constants = [
        numpy_helper.from_array(np.array([10], np.int64), "most"),
        numpy_helper.from_array(np.array([0.5], np.float32), "overlap"),
    ]
    if threshold is not None:
        constants.append(numpy_helper.from_array(np.array([threshold], np.float32), "threshold"))
    names = ["boxes", "scores", *(constant.name for constant in constants)]
    node = helper.make_node("NonMaxSuppression", names, ["kept"])
    inputs = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 4, 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 1, 4]),
    ]
    outputs = [helper.make_tensor_value_info("kept", TensorProto.INT64, [None, 3])]
    graph = helper.make_graph([node], "suppression", inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, "model.onnx")
    return made


def by_opencv(given):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    for key, value in given.items():
        net.setInput(value, key)
    try:
        return len(net.forward())
    except cv2.error:
        return "refuses"


def show(name, scores, threshold=None):
    made = model(threshold)
    given = {"boxes": BOXES, "scores": scores}
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    kept = {
        "onnx": ReferenceEvaluator(made).run(None, given)[0],
        "onnxruntime": session.run(None, given)[0],
        "OpenVINO": openvino.Core().compile_model("model.onnx", "CPU")(given)[0],
    }
    counts = ", ".join(f"{engine} {len(rows)}" for engine, rows in kept.items())
    print(f"{name + ':':<34} {counts}, OpenCV {by_opencv(given)}")


show("objects left, without a threshold", LOGITS)
show("threshold -10", LOGITS, -10.0)
show("without, and after the sigmoid", 1 / (1 + np.exp(-LOGITS)))
PROGRAM
