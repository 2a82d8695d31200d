"""Lessons and questions as people write them into a form, and back.

# Title of a lesson            ? A question
A paragraph.                   + the right answer
                               - a wrong one
Another paragraph.             ! why the right one is right
"""

from collections.abc import Sequence
from typing import Any, Final

from compliance.training.course import BadCourseError, Lesson, Question

TITLE: Final = "#"
ASK, RIGHT, WRONG, WHY = "?", "+", "-", "!"


def read_lessons(text: str) -> list[dict[str, Any]]:
    """Return the lessons of a text.

    Raises:
        BadCourseError: Something stands before the first title.
    """
    lessons: list[dict[str, Any]] = []
    is_new = True
    for number, raw in enumerate(text.splitlines(), 1):
        line = " ".join(raw.split())
        if line.startswith(TITLE):
            lessons.append({"title": line.lstrip(f"{TITLE} "), "text": []})
        elif line and not lessons:
            raise BadCourseError(
                f"Line {number} stands before the first title: begin a lesson with “# ” and its title."
            )
        elif line and is_new:
            lessons[-1]["text"].append(line)
        elif line:
            lessons[-1]["text"][-1] += f" {line}"
        is_new = not line or line.startswith(TITLE)
    return lessons


def read_questions(text: str) -> list[dict[str, Any]]:
    """Return the questions of a text; an empty one has none.

    Raises:
        BadCourseError: A line says neither question, answer nor explanation, or has no question before it, or a
            question has another number of right answers than one.
    """
    questions: list[dict[str, Any]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = " ".join(raw.split())
        if not line:
            continue
        mark, said = line[0], line[1:].strip()
        if mark == ASK:
            questions.append({"ask": said, "answers": [], "right": [], "why": ""})
        elif mark not in {RIGHT, WRONG, WHY}:
            raise BadCourseError(f"Line {number} of the quiz begins with none of ? + - !")
        elif not questions:
            raise BadCourseError(f"Line {number} of the quiz stands before the first question.")
        elif mark == WHY:
            questions[-1]["why"] = said
        else:
            if mark == RIGHT:
                questions[-1]["right"].append(len(questions[-1]["answers"]))
            questions[-1]["answers"].append(said)
    return [_with_one_right(number, question) for number, question in enumerate(questions, 1)]


def _with_one_right(number: int, question: dict[str, Any]) -> dict[str, Any]:
    if len(question["right"]) != 1:
        raise BadCourseError(f"Question {number} needs exactly one right answer, marked with +.")
    return question | {"right": question["right"][0]}


def write_lessons(lessons: Sequence[Lesson]) -> str:
    """Return lessons as they are written."""
    return "\n\n".join("\n\n".join([f"# {lesson.title}", *lesson.text]) for lesson in lessons)


def write_questions(questions: Sequence[Question]) -> str:
    """Return questions as they are written."""
    return "\n\n".join(
        "\n".join(
            [
                f"? {each.ask}",
                *(f"{RIGHT if place == each.right else WRONG} {answer}" for place, answer in enumerate(each.answers)),
                f"! {each.why}",
            ]
        )
        for each in questions
    )
