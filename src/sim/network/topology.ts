import type { WorldLink } from './link.ts'
import type { Station } from './packet.ts'

interface Join {
  readonly link: WorldLink
  /** The neighbour behind each port. */
  readonly neighbour: Station
}

/** Who is in a world, who is joined to whom, and which way an address lies. */
export class Topology {
  readonly stations: Station[] = []
  private readonly joins = new Map<Station, Join[]>()
  /** Answers of `route`, thrown away when anything is added. */
  private routes = new Map<string, number>()
  private readonly owners = new Map<string, Station>()

  /**
   * Adds a station.
   *
   * @throws {RangeError} when its name or one of its addresses is taken.
   */
  attach(station: Station): void {
    if (station.name === '' || /\s/.test(station.name))
      throw new RangeError(`a name without blanks is expected, not "${station.name}"`)
    if (this.find(station.name) !== undefined) throw new RangeError(`there is a "${station.name}" already`)
    for (const address of station.addresses) {
      const owner = this.owners.get(address)
      if (owner !== undefined) throw new RangeError(`address ${address} of ${station.name} belongs to ${owner.name}`)
      this.owners.set(address, station)
    }
    this.stations.push(station)
    this.joins.set(station, [])
    this.routes.clear()
  }

  /** The station of that name. */
  find(name: string): Station | undefined {
    return this.stations.find((station) => station.name === name)
  }

  /** The station that has an address; empty if none has. */
  nameOf(address: string): string {
    return this.owners.get(address)?.name ?? ''
  }

  /** How many links a station has: the port that its next link gets. */
  ports(station: Station): number {
    return this.joinsOf(station).length
  }

  /** Notes a link that was laid. */
  join(a: Station, b: Station, link: WorldLink): void {
    this.joinsOf(a).push({ link, neighbour: b })
    this.joinsOf(b).push({ link, neighbour: a })
    this.routes.clear()
  }

  /** The port of `from` behind which that address lies, the fewest boxes away; −1 when nowhere. */
  route(from: Station, address: string): number {
    const key = `${from.index} ${address}`
    let port = this.routes.get(key)
    if (port === undefined) {
      port = this.search(from, address)
      this.routes.set(key, port)
    }
    return port
  }

  private joinsOf(station: Station): Join[] {
    const joins = this.joins.get(station)
    if (joins === undefined) throw new RangeError(`"${station.name}" is of another world`)
    return joins
  }

  /** Breadth first, through boxes only: hosts do not forward. */
  private search(from: Station, address: string): number {
    const goal = this.owners.get(address)
    if (goal === undefined) return -1
    const seen = new Set<Station>([from])
    let ring = this.joinsOf(from).map((join, port) => ({ station: join.neighbour, port }))
    while (ring.length > 0) {
      const next: typeof ring = []
      for (const { station, port } of ring) {
        if (station === goal) return port
        if (seen.has(station)) continue
        seen.add(station)
        if (station.kind === 'box')
          next.push(...this.joinsOf(station).map((join) => ({ station: join.neighbour, port })))
      }
      ring = next
    }
    return -1
  }
}
