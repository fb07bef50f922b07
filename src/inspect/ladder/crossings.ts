import type { Flight } from './model.ts'

type Crossings = Map<Flight, Set<Flight>>

/**
 * The flights that must be drawn in two rows, so that no two of the others cross. Of a lone pair in opposite directions both are
 * split, so that a simultaneous close looks as symmetrical as it is; of one in the same direction the slower.
 */
export function flightsToSplit(flights: readonly Flight[]): ReadonlySet<Flight> {
  const crossings = findCrossings(flights)
  const split = new Set<Flight>()
  for (const [a, others] of [...crossings]) {
    const [b] = others
    if (b === undefined || others.size > 1 || crossings.get(b)?.size !== 1) continue
    if (a.from !== b.from || duration(a) >= duration(b)) split.add(a)
    if (a.from !== b.from || duration(a) < duration(b)) split.add(b)
    crossings.delete(a)
    crossings.delete(b)
  }
  splitTheWorst(crossings, split)
  return split
}

function findCrossings(flights: readonly Flight[]): Crossings {
  const crossings: Crossings = new Map()
  const note = (a: Flight, b: Flight): void => {
    const others = crossings.get(a) ?? new Set<Flight>()
    crossings.set(a, others.add(b))
  }
  const seen = flights.filter((flight) => flight.departure !== undefined && flight.arrival !== undefined)
  const byDeparture = seen.sort((a, b) => departure(a) - departure(b))
  for (const [i, a] of byDeparture.entries()) {
    // Whoever leaves after this one has arrived cannot cross it.
    for (let j = i + 1; j < byDeparture.length && departure(byDeparture[j] as Flight) < arrival(a); j++) {
      const b = byDeparture[j] as Flight
      if (!cross(a, b)) continue
      note(a, b)
      note(b, a)
    }
  }
  return crossings
}

/** Again and again the flight that crosses the most others, until none is left that crosses any. */
function splitTheWorst(crossings: Crossings, split: Set<Flight>): void {
  const byCount: Set<Flight>[] = []
  const file = (flight: Flight, count: number): void => {
    byCount[count] = (byCount[count] ?? new Set()).add(flight)
  }
  for (const [flight, others] of crossings) file(flight, others.size)
  for (let count = byCount.length - 1; count > 0; ) {
    const [worst] = byCount[count] ?? []
    if (worst === undefined) {
      count--
      continue
    }
    byCount[count]?.delete(worst)
    split.add(worst)
    for (const neighbour of crossings.get(worst) ?? []) {
      const others = crossings.get(neighbour) as Set<Flight>
      byCount[others.size]?.delete(neighbour)
      others.delete(worst)
      file(neighbour, others.size)
    }
    crossings.delete(worst)
  }
}

/** Whether the two ends of a and b stand in different orders in the two lanes. */
function cross(a: Flight, b: Flight): boolean {
  const [a0, a1] = a.from === 0 ? [departure(a), arrival(a)] : [arrival(a), departure(a)]
  const [b0, b1] = b.from === 0 ? [departure(b), arrival(b)] : [arrival(b), departure(b)]
  return a0 < b0 !== a1 < b1
}

function departure(flight: Flight): number {
  return flight.departure?.order ?? 0
}

function arrival(flight: Flight): number {
  return flight.arrival?.order ?? 0
}

function duration(flight: Flight): number {
  return arrival(flight) - departure(flight)
}
