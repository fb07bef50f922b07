// Prints the instances of this machine's tracefs, as JSON.
import { readdirSync } from 'node:fs'
import { THIS_MACHINE } from '../../../dist/host/index.js'
import { openTracefs } from '../../../dist/host/tracefs/mount.js'

const mount = await openTracefs(THIS_MACHINE.loadKoffi)
console.log(JSON.stringify(readdirSync(`${mount.path}/instances`)))
mount.close()
