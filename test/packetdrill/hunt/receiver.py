"""The receiving half of a random peer, as far as its acknowledgments go: gaps, SACK and DSACK, delayed ACKs. It has no clock and sends nothing."""


class Receiver:
    """Numbers are relative: the first octet is 1."""

    def __init__(self, sack, dsack, blocks_most, every):
        self.sack, self.dsack, self.blocks_most, self.every = sack, dsack, blocks_most, every
        self.next = 1
        # What lies behind gaps, as [left, right], the one that came last first.
        self.islands = []
        # Segments that came since the last ACK.
        self.owed = 0

    def take(self, seq, end, fin, edge):
        """Takes a segment, of what is left of the window's `edge`. Returns the SACK blocks that the ACK of it has, and whether it goes at once."""
        if edge <= seq < end:
            return None, True
        stop = min(end, edge)
        fin = fin and stop == end
        had_gap = bool(self.islands)
        twice = self._place(seq, stop, end, fin)
        self.owed += 1
        at_once = had_gap or bool(self.islands) or twice is not None or fin or self.owed >= self.every
        return self.blocks(twice if self.dsack else None), at_once

    def _place(self, seq, stop, end, fin):
        """Puts a segment where it belongs. Returns what has come twice."""
        if (seq < end and stop <= self.next) or (fin and end < self.next):
            return [seq, end]
        around = next((one for one in self.islands if one[0] <= seq < end <= one[1]), None)
        if around is not None:
            self.islands.remove(around)
            self.islands.insert(0, around)
            return [seq, end]
        if seq > self.next:
            # The FIN of a segment behind a gap is forgotten: it has to come again.
            self._join([seq, stop])
            return None
        self.next = max(self.next, stop + fin)
        for one in sorted(self.islands):
            if one[0] <= self.next:
                self.next = max(self.next, one[1])
                self.islands.remove(one)
        return None

    def _join(self, island):
        for one in list(self.islands):
            if one[0] <= island[1] and island[0] <= one[1]:
                self.islands.remove(one)
                island = [min(one[0], island[0]), max(one[1], island[1])]
        self.islands.insert(0, island)

    def blocks(self, first=None):
        """SACK blocks as an ACK of now has them; None: none."""
        if not self.sack:
            return None
        found = ([first] if first else []) + [list(one) for one in self.islands]
        return found[:self.blocks_most] or None

    def renege(self):
        """Forgets what lies behind gaps, though it was told of."""
        self.islands = []
