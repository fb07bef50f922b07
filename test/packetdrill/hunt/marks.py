"""What a random peer knows of congestion marks: by RFC 3168, by RFC 9768, or nothing."""

CWR = 128
NAMES = ("noecn", "ect1", "ect0", "ce")
CE, ECT0 = 3, 2
# Where the counters begin, and the order of the option's fields: kinds 172 and 174.
FIRST = {"e0b": 1, "ceb": 0, "e1b": 1}
ORDERS = (("e0b", "ceb", "e1b"), ("e1b", "ceb", "e0b"))
FIELD_OF = {1: "e1b", ECT0: "e0b", CE: "ceb"}


class Marks:
    def __init__(self, story):
        self.story, self.first = story, story.first if story.accurate else "noecn"
        # RFC 3168: an echo goes on until the sender has reduced its window. RFC 9768: segments and octets are counted.
        self.is_echoing, self.is_reduced, self.segments, self.octets = False, False, 0, dict(FIRST)

    def on_the_way(self, seen):
        """The codepoint that a segment comes with."""
        story, mark = self.story, seen.tos & 3
        self.is_reduced = bool(seen.bits & CWR) and not story.accurate
        return CE if mark and story.chance(story.marks) else mark

    def comes(self, mark, length):
        """A segment is with the peer. Returns whether its sender should hear so at once."""
        if self.story.accurate:
            self.segments += mark == CE
            if mark and length:
                self.octets[FIELD_OF[mark]] += length
            return mark == CE and self.story.chance(.5)
        reduced, self.is_reduced = self.is_reduced, False
        self.is_echoing = self.story.ecn and (mark == CE or (self.is_echoing and not reduced))
        return mark == CE or reduced

    def bits(self):
        """What an ACK says."""
        if self.story.accurate:
            return str(5 + self.segments & 7)
        return "E" if self.is_echoing else ""

    def of_ours(self):
        """The codepoint that a segment of the peer comes with."""
        return self.story.random.choice(self.story.ours)

    def reduces(self):
        """RFC 3168: the peer's text says now and then that its window was reduced."""
        return "W" if self.story.ecn and not self.story.accurate and self.story.chance(.3) else ""

    # RFC 9768: the option.

    def syn_ack(self):
        if self.story.accurate:
            return self.story.reflection
        return "E" if self.story.ecn else ""

    def first_option(self):
        return [self._counters(3)] if self.story.accurate and self.story.told else []

    def option(self, room):
        """Perhaps the counters, as many as there is room for."""
        story = self.story
        if not story.accurate or not story.chance(story.told):
            return []
        count = min(story.random.choice((0, 1, 2, 3, 3, 3)), (room - 2) // 3)
        return [self._counters(count)] if count >= 0 else []

    def _counters(self, count):
        names = self.story.random.choice(ORDERS)[:count]
        return {"kind": "accecn", "fields": [{"name": name, "value": self.octets[name] & 0xFFFFFF} for name in names]}
