/** Chance that a seed stands for (mulberry32). */
export function chanceOf(seed) {
  let state = (seed * 2_654_435_761) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count) => Math.floor(next() * count)
  const weighted = (weights) => {
    let at = next() * Object.values(weights).reduce((sum, weight) => sum + weight)
    return Object.keys(weights).find((name) => {
      at -= weights[name]
      return at < 0
    })
  }
  return { next, below, weighted, pick: (list) => list[below(list.length)], odds: (share) => next() < share }
}
