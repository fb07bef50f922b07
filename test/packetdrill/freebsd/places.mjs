/** Where a segment stands, and what that means where nobody reads any more. */

/** The four places of a window that begins at `next`. */
export const PLACES = ['left', 'at', 'inside', 'right']
/** The same in words. */
export const WORDS = {
  left: 'left of the window',
  at: 'at RCV.NXT',
  inside: 'inside of the window, behind RCV.NXT',
  right: 'right of the window',
}
/** How far that is from RCV.NXT. */
export const numberAt = { left: -100, at: 0, inside: 100, right: 100_000 }

/** The answer to what acknowledges what it should not. */
export const reset = (seq) => [`+0 > R ${seq}:${seq}(0) win 0`]

/** The same state when nobody has the descriptor any more: whatever brings new text, be it beyond the window, ends the connection. */
export function forsaken({ name, title, setup, next, ack, seq, answers }) {
  const refusal = [...reset(ack), ':gone']
  const textAt = (place) => (place === 'left' ? {} : { data: refusal, 'fin-data': refusal })
  const bareAt = (place) =>
    place === 'left' ? answers.data.left : [`+0 > R. 0:0(0)! ack ${next + numberAt[place] + 10} win 0`, ':gone']
  const each = (at) => Object.fromEntries(PLACES.map((place) => [place, at(place)]))
  return {
    name: `${name}-closed`,
    title: `${title} behind close()`,
    setup: setup.replace('shutdown(4, SHUT_WR)', 'close(4)'),
    next,
    ack,
    seq,
    answers: {
      ...answers,
      text: each(textAt),
      bare: each(bareAt),
    },
  }
}

/** What the text of a segment draws where nobody reads. */
export function ofText({ text, bare }, { name }, place) {
  return name === 'data-bare' ? bare?.[place] : text?.[place][name]
}
