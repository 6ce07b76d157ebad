def test_report(call, small_model, tmp_path):
    path = tmp_path / "r.html"
    status, said, _ = call("report", small_model.id, path, "--json")
    assert status == 0
    assert said == {"model_id": small_model.id, "file": str(path), "bytes": path.stat().st_size}
    status, out, fault = call("report", small_model.id, path)
    assert (status, out) == (2, "")
    assert fault.startswith("ExportNotPossible")
    assert "--overwrite" in fault
    assert call("report", small_model.id, path, "--overwrite")[1].startswith(f"{path}: ")
    assert call("report", "nobody", tmp_path / "x.html")[2].startswith("ModelNotFound")
