import json
from pathlib import Path

import pytest

from failgym.errors import RenderError

pytestmark = pytest.mark.nogl


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_gallery_of_one_task(failgym, tmp_path):
    ran = failgym("envs", "PickCube", "--gallery", tmp_path / "g", "--workers", 1)
    assert ran.code == 0, ran.err
    assert files(tmp_path / "g") == {"gallery.jpg", "index.html", "settings.json", "tasks/PickCube.jpg"}
    assert str(tmp_path / "g" / "gallery.jpg") in ran.out
    assert "(1 picture)" in ran.out
    assert "expert" not in ran.out


def test_clips_are_told_and_kept(failgym, tmp_path):
    ran = failgym("envs", "PickCube", "--gallery", tmp_path, "--clips", "--seed", 3, "--workers", 1)
    assert ran.code == 0, ran.err
    assert "the expert succeeded in 1 of 1 task\n" in ran.out
    assert "tasks/PickCube.mp4" in files(tmp_path)
    assert json.loads((tmp_path / "settings.json").read_text())["scope"] == {"clips": True, "seed": 3}
    again = failgym("envs", "PickCube", "--gallery", tmp_path, "--workers", 1)
    assert again.code == 0, again.err
    assert "tasks/PickCube.mp4" not in files(tmp_path)


def test_several_tasks_on_two_processes_keep_their_order(failgym, tmp_path, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "disabled")
    from failgym.cli import envs_gallery

    chosen = ["FailGym/StackBlocks-v0", "FailGym/PointPick-v0", "FailGym/PickCube-v0"]
    assert envs_gallery.hang(chosen, tmp_path, 7, False, 2) == 0
    page = (tmp_path / "index.html").read_text()
    assert page.index('id="StackBlocks"') < page.index('id="PickCube"')
    assert "PointPick" not in page


def test_a_task_that_cannot_be_drawn_leaves_the_others(failgym, tmp_path, monkeypatch, capsys):
    from failgym.cli import envs_gallery
    from failgym.report import portraits

    draw = portraits.portrait

    def broken(env_id, seed, **options):
        if "Stack" in env_id:
            raise RenderError("the picture is black")
        return draw(env_id, seed, **options)

    monkeypatch.setattr(portraits, "portrait", broken)
    chosen = ["FailGym/StackBlocks-v0", "FailGym/PickCube-v0"]
    assert envs_gallery.hang(chosen, tmp_path, 7, False, 1) == 1
    assert "StackBlocks-v0 is not in the gallery: the picture is black" in capsys.readouterr().err
    assert files(tmp_path) == {"gallery.jpg", "index.html", "settings.json", "tasks/PickCube.jpg"}
    ran = failgym("envs", "StackBlocks", "--gallery", tmp_path / "other", "--workers", 1)
    assert ran.code == 2
    assert "no task could be drawn" in ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("PickCube", "--gallery", "{tmp}/file/below"), "a folder that can be written"),
        (("PickCube", "--gallery", "{tmp}/file"), "this is a file"),
        (("PickCube", "--gallery", "{tmp}"), "a new or empty folder"),
        (("PointPick", "--gallery", "{tmp}/new"), "a native task"),
        (("--clips",), "together with --gallery"),
        (("--json", "--gallery", "{tmp}/new"), "without --gallery"),
        (("--gallery", "{tmp}/new", "--seed", "-1"), "0 or more"),
    ],
)
def test_mistakes_are_one_line(failgym, tmp_path, arguments, told):
    (tmp_path / "file").write_text("something of the user's")
    ran = failgym("envs", *(argument.format(tmp=tmp_path) for argument in arguments))
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert told in ran.err


def test_a_full_disk_is_told_in_one_line(failgym, tmp_path, monkeypatch):
    from failgym.report import task_page

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(task_page, "write_gallery", full)
    ran = failgym("envs", "PickCube", "--gallery", tmp_path, "--workers", 1)
    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert "Traceback" not in ran.err
