"""Lines of a run's metrics."""


def epoch(number, validation_loss):
    numbers = {"loss": 0.5, "accuracy": 0.8, "validation_accuracy": 0.7, "learning_rate": 0.001}
    numbers |= {"seconds": 1.0, "images_per_second": 100.0}
    return {"kind": "epoch", "epoch": number, "validation_loss": validation_loss, **numbers}


def batch(step, loss=0.5):
    return {"kind": "batch", "step": step, "epoch": step / 2, "loss": loss, "accuracy": 0.5}
