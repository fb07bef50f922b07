// Reads the sockets of the network namespace it runs in, by the built library, and prints one JSON line per reading:
// {rows, source, lacks, hiddenProcesses}. Arguments: a query, then the options of each reading, all JSON. The option `uid` gives up root first, for good.
import { readSockets } from '../../../dist/host/index.js'

const [query, ...readings] = process.argv.slice(2).map((text) => JSON.parse(text))
const plain = (_, value) => (typeof value === 'bigint' ? String(value) : value)

for (const { uid, ...options } of readings) {
  if (uid !== undefined) {
    // The native binding is loaded while its folder can surely be read.
    await readSockets(query, options)
    process.setgroups([])
    process.setgid(uid)
    process.setuid(uid)
  }
  console.log(JSON.stringify(await readSockets(query, options), plain))
}
