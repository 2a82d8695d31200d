"""What is filled in: answers, a signature, and a course of the organisation's own."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from compliance.training.course import MAX_LINE, MAX_STATEMENT, MAX_TITLE, BadCourseError, Course, read_course
from compliance.training.written import read_lessons, read_questions
from tenants.roles import Role

MAX_TEXT: Final = 30_000
STATEMENT: Final = "I have read this and will keep to it."


class QuizForm:
    """The answers to a course's questions: `q0`, `q1`, … hold the place of the answer chosen."""

    def __init__(self, course: Course, posted: Mapping[str, str]) -> None:
        self.course, self.posted = course, posted
        self.answers = self._answers()
        self.cleaned_data: dict[str, int] = {}

    def is_valid(self) -> bool:
        """Whether every question was answered, of whatever version."""
        version = self.posted.get("version", "")
        if not (version.isdecimal() and len(version) < 9):
            return False
        self.cleaned_data = {"version": int(version)}
        return int(version) != self.course.version or len(self.answers) == len(self.course.questions)

    def _answers(self) -> dict[int, int]:
        found = {}
        for place, question in enumerate(self.course.questions):
            given = self.posted.get(f"q{place}", "")
            if given in {str(number) for number in range(len(question.answers))}:
                found[place] = int(given)
        return found


class SignForm(forms.Form):
    """A signature: that it was read, and the signer's name. The name is compared, and kept nowhere as it was typed."""

    read = forms.BooleanField(
        label="I have read and understood this", error_messages={"required": "Please confirm that you have read it."}
    )
    name = forms.CharField(
        label="Your name, as a signature",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Please type your name."},
    )
    text = forms.CharField(max_length=64, widget=forms.HiddenInput())


class CourseForm(forms.Form):
    """A course as people write it."""

    title = forms.CharField(label="Title", max_length=MAX_TITLE)
    about = forms.CharField(label="What it is about, in a sentence", max_length=MAX_LINE, required=False)
    minutes = forms.IntegerField(label="Minutes it takes", min_value=1, max_value=240, initial=10)
    lessons = forms.CharField(
        label="Lessons",
        max_length=MAX_TEXT,
        widget=forms.Textarea({"rows": 14, "spellcheck": "true"}),
        help_text="Begin each lesson with a line “# Title”. An empty line begins a new paragraph. "
        "Up to 12 lessons of at most 300 words.",
    )
    questions = forms.CharField(
        label="Quiz",
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 10, "spellcheck": "true"}),
        help_text="A line each: “? question”, “+ right answer”, “- wrong answer”, “! why it is right”. "
        "Passed with 80 % right answers. Without questions the course is read and signed.",
    )
    statement = forms.CharField(
        label="What people sign",
        max_length=MAX_STATEMENT,
        initial=STATEMENT,
        widget=forms.Textarea({"rows": 3}),
    )
    roles = forms.MultipleChoiceField(
        label="For whom",
        choices=Role.choices,
        initial=[Role.AGENT, Role.SUPERVISOR],
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": "A course is for at least one role."},
    )
    closes = forms.BooleanField(
        label="The workspace is closed to whoever has not done it in time",
        required=False,
        help_text="New members take it before their first access; who is here already has two weeks.",
    )
    take_again = forms.BooleanField(
        label="Whoever has done an older version takes this one again", required=False, help_text="Within two weeks."
    )

    def clean(self) -> dict[str, Any]:
        """Read lessons and questions, and put what is wrong with them beside their field."""
        cleaned: dict[str, Any] = super().clean() or {}
        content = {name: cleaned.get(name) or "" for name in ("title", "about", "statement")}
        content |= {"minutes": cleaned.get("minutes") or 1, "lessons": [], "questions": []}
        for name, read in (("lessons", read_lessons), ("questions", read_questions)):
            try:
                content[name] = read(cleaned.get(name) or "")
            except BadCourseError as wrong:
                self.add_error(name, str(wrong))
        if not self.errors:
            try:
                cleaned["course"] = read_course("", 1, content)
            except BadCourseError as wrong:
                self.add_error(None, str(wrong))
        return cleaned
