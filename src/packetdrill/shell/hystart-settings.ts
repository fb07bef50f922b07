import type { Host } from '../../stack/index.ts'

const FOLDER = '/sys/module/tcp_cubic/parameters/'
const BOTH = 3
const WHOLE = /^\d{1,9}$/

/** HyStart as the module of CUBIC has it: on or off, by what, and from which window on. */
export class HystartSettings {
  readonly #host: Host
  #isOn = true
  #detect = BOTH

  constructor(host: Host) {
    this.#host = host
  }

  /** What a file of the module says; undefined: it is none of these. */
  read(path: string): string | undefined {
    switch (path) {
      case `${FOLDER}hystart`:
        return String(Number(this.#isOn))
      case `${FOLDER}hystart_detect`:
        return String(this.#detect)
      case `${FOLDER}hystart_low_window`:
        return String(this.#host.config.hystartWindowLeast)
      default:
        return undefined
    }
  }

  /** False: the file is none of these, or takes no such value. */
  write(path: string, text: string): boolean {
    if (this.read(path) === undefined || !WHOLE.test(text)) return false
    const value = Number(text)
    if (path.endsWith('low_window')) this.#host.config.hystartWindowLeast = value
    else if (path.endsWith('detect')) this.#detect = value
    else this.#isOn = value !== 0
    this.#host.config.hystartDetect = this.#isOn ? this.#detect : 0
    return true
  }
}
