"""What a course says: lessons, a quiz, and a statement to sign. One form for the product's and organisations' own.

{"title": …, "about": …, "minutes": 10, "lessons": [{"title": …, "text": [paragraph, …]}, …],
 "questions": [{"ask": …, "answers": […], "right": 0, "why": …}, …], "statement": …, "sources": […]}
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PASS_PERCENT: Final = 80
MAX_TITLE: Final = 80
MAX_LESSONS: Final = 12
MAX_WORDS: Final = 300
MAX_QUESTIONS: Final = 20
MAX_ANSWERS: Final = 6
MAX_LINE: Final = 400
MAX_STATEMENT: Final = 2000


class BadCourseError(Exception):
    """A course that cannot be taken. The message says what is wrong with it, and repeats nothing of its words."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One screen."""

    title: str
    text: tuple[str, ...]

    @property
    def words(self) -> int:
        return sum(len(paragraph.split()) for paragraph in self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `right` is the place of the one right answer, `why` what a wrong one is told."""

    ask: str
    answers: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True, slots=True)
class Course:
    """One version of a course."""

    key: str
    version: int
    title: str
    about: str
    minutes: int
    lessons: tuple[Lesson, ...]
    questions: tuple[Question, ...]
    statement: str
    sources: tuple[str, ...] = ()

    @property
    def needed(self) -> int:
        """How many questions have to be answered rightly."""
        return -(-len(self.questions) * PASS_PERCENT // 100)

    @property
    def text_hash(self) -> bytes:
        """SHA-256 of what is signed: the title, every lesson and the statement, as they were shown."""
        signed = [self.title, [[lesson.title, *lesson.text] for lesson in self.lessons], self.statement]
        return hashlib.sha256(json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()).digest()

    def content(self) -> dict[str, Any]:
        """Return the form it is kept in."""
        return {
            "title": self.title,
            "about": self.about,
            "minutes": self.minutes,
            "lessons": [{"title": lesson.title, "text": list(lesson.text)} for lesson in self.lessons],
            "questions": [
                {"ask": each.ask, "answers": list(each.answers), "right": each.right, "why": each.why}
                for each in self.questions
            ],
            "statement": self.statement,
            "sources": list(self.sources),
        }

    def lines(self) -> list[str]:
        """Return every text in it that people have written."""
        found = [self.title, self.about, self.statement, *self.sources]
        for lesson in self.lessons:
            found += [lesson.title, *lesson.text]
        for question in self.questions:
            found += [question.ask, *question.answers, question.why]
        return [line for line in found if line]


def read_course(key: str, version: int, content: Mapping[str, Any]) -> Course:
    """Return a course from the form it is kept in.

    Raises:
        BadCourseError: A part is missing, too long or does not fit the others.
    """
    try:
        lessons = tuple(Lesson(each["title"].strip(), tuple(each["text"])) for each in content["lessons"])
        questions = tuple(
            Question(each["ask"].strip(), tuple(each["answers"]), int(each["right"]), each["why"].strip())
            for each in content["questions"]
        )
        course = Course(
            key=key,
            version=version,
            title=content["title"].strip(),
            about=content["about"].strip(),
            minutes=int(content["minutes"]),
            lessons=lessons,
            questions=questions,
            statement=content["statement"].strip(),
            sources=tuple(content.get("sources", ())),
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BadCourseError("A part of the course is missing.") from None
    _check(course)
    return course


def _check(course: Course) -> None:
    _need(0 < len(course.title) <= MAX_TITLE, f"The title has between 1 and {MAX_TITLE} characters.")
    _need(len(course.about) <= MAX_LINE, f"What it is about has at most {MAX_LINE} characters.")
    _need(0 < course.minutes <= 240, "It takes between 1 and 240 minutes.")
    _need(0 < len(course.lessons) <= MAX_LESSONS, f"It has between 1 and {MAX_LESSONS} lessons.")
    _need(0 < len(course.statement) <= MAX_STATEMENT, f"The statement has between 1 and {MAX_STATEMENT} characters.")
    _need(len(course.questions) <= MAX_QUESTIONS, f"It has at most {MAX_QUESTIONS} questions.")
    for number, lesson in enumerate(course.lessons, 1):
        _need(0 < len(lesson.title) <= MAX_TITLE, f"Lesson {number} needs a title of at most {MAX_TITLE} characters.")
        _need(any(text.strip() for text in lesson.text), f"Lesson {number} says nothing.")
        _need(lesson.words <= MAX_WORDS, f"Lesson {number} has more than {MAX_WORDS} words.")
    for number, question in enumerate(course.questions, 1):
        _check_question(number, question)


def _check_question(number: int, question: Question) -> None:
    count = len(question.answers)
    _need(bool(question.ask) and len(question.ask) <= MAX_LINE, f"Question {number} is empty or too long.")
    _need(2 <= count <= MAX_ANSWERS, f"Question {number} needs between 2 and {MAX_ANSWERS} answers.")
    _need(_are_told_apart(question.answers), f"Question {number} has an answer that is empty, too long or there twice.")
    _need(0 <= question.right < count, f"Question {number} needs one right answer.")
    _need(0 < len(question.why) <= MAX_LINE, f"Question {number} needs an explanation of the right answer.")


def _are_told_apart(answers: Sequence[str]) -> bool:
    texts = {answer.strip().casefold() for answer in answers}
    return len(texts) == len(answers) and "" not in texts and all(len(answer) <= MAX_LINE for answer in answers)


def _need(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise BadCourseError(otherwise)


@dataclass(frozen=True, slots=True)
class Marked:
    """A quiz that was answered: how many rightly, and the questions that were not."""

    right: int
    asked: int
    wrong: tuple[Question, ...]
    is_passed: bool


def mark(course: Course, answers: Mapping[int, int]) -> Marked:
    """Mark a quiz.

    Args:
        course: Whose.
        answers: By a question's place, the place of the answer chosen; one that is missing is wrong.
    """
    wrong = tuple(each for place, each in enumerate(course.questions) if answers.get(place) != each.right)
    right = len(course.questions) - len(wrong)
    return Marked(right, len(course.questions), wrong, right >= course.needed)
