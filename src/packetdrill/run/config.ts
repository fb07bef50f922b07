import { didYouMean } from '../../base/index.ts'
import { Address, parseCidr } from '../../wire/index.ts'
import type { Script, ScriptOption } from '../language/ast.ts'
import { ScriptSyntaxError } from '../language/position.ts'

/** Which addresses a script's sockets and packets have. */
export type IpVersion = 'ipv4' | 'ipv6' | 'ipv4-mapped-ipv6'

/** One option of packetdrill: `name`, and its value, null for a switch. */
export type RunnerOption = Pick<ScriptOption, 'name' | 'value'>

/** Everything that options decide. Addresses are those of `ipVersion`'s packets. */
export interface RunConfig {
  ipVersion: IpVersion
  bindPort: number
  connectPort: number
  localIp: Address
  remoteIp: Address
  mtu: number
  toleranceUs: number
  tolerancePercent: number
  /** µs of one timestamp tick; 0: outbound timestamps are not checked. */
  timestampTickUs: number
  timestampEchoScaled: boolean
  /** True: what outbound timestamps echo is compared too. packetdrill does not, and suites are written so. */
  timestampEchoChecked: boolean
  /** What the clock of a kernel's timers showed as the script began, µs; null: timers are exact. */
  jiffiesUs: number | null
  strictSegments: boolean
  dryRun: boolean
  verbose: boolean
  /** What may come out otherwise without the script failing: it is said, and the script goes on. */
  nonFatal: ReadonlySet<'packet' | 'call'>
  /** Shell scripts that run before the script's own command. */
  initScripts: readonly string[]
}

/** Options that change nothing in a simulator, or that belong to another program's set-up. */
const IGNORED = new Set([
  ...['gateway_ip', 'netmask_ip', 'speed', 'mss', 'code_command', 'code_format', 'code_sockopt'],
  ...['send_omit_free', 'debug', 'define', 'is_anyip', 'persistent_tun_dev'],
])
/** The same of what belongs to other ways to run packetdrill, or to other systems' devices. */
const IGNORED_ELSEWHERE = new Set([
  ...['tun_dev', 'no_cleanup', 'local_linklocal_ip', 'gateway_linklocal_ip', 'tcp_md5_secret', 'udp_encapsulation'],
  ...['so_filename', 'so_flags', 'wire_server_ip', 'wire_server_at', 'wire_server_port', 'wire_client_dev'],
  'wire_server_dev',
])

const DEFAULT_IPS: Readonly<Record<IpVersion, readonly [local: string, remote: string]>> = {
  ipv4: ['192.168.0.1', '192.0.2.1'],
  ipv6: ['fd3d:fa7b:d17d::1', '2001:db8::1'],
  'ipv4-mapped-ipv6': ['192.168.0.1', '192.0.2.1'],
}

/** Every option's name, for messages. */
export const OPTION_NAMES: readonly string[] = [
  ...[
    'ip_version',
    'bind_port',
    'connect_port',
    'local_ip',
    'remote_ip',
    'mtu',
    'tolerance_usecs',
    'tolerance_percent',
  ],
  ...['tcp_ts_tick_usecs', 'tcp_ts_ecr_scaled', 'tcp_ts_ecr_checked', 'strict_segments', 'dry_run', 'verbose'],
  ...['non_fatal', 'init_scripts', 'jiffies_usecs'],
  ...IGNORED,
]

const SWITCHES: ReadonlySet<string> = new Set([
  ...['tcp_ts_ecr_scaled', 'tcp_ts_ecr_checked', 'strict_segments', 'dry_run', 'v', 'verbose', 'debug', 'is_anyip'],
  ...['send_omit_free', 'persistent_tun_dev', 'no_cleanup', 'wire_client', 'wire_server'],
])

/** Whether a word behind an option is its value, `=` or not: `--ip_version ipv6`, `--non_fatal packet`. */
export function takesValue(name: string, word: string): boolean {
  if (name === 'non_fatal') return /^(?:packets?|syscalls?)\b/.test(word)
  return (OPTION_NAMES.includes(name) || IGNORED_ELSEWHERE.has(name)) && !SWITCHES.has(name)
}

/** An unknown option, or a value that an option does not take. `message` is one line. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
}

function defaults(): RunConfig {
  return {
    ipVersion: 'ipv4',
    bindPort: 8080,
    connectPort: 8080,
    localIp: Address.parse(DEFAULT_IPS.ipv4[0]) as Address,
    remoteIp: Address.parse(DEFAULT_IPS.ipv4[1]) as Address,
    mtu: 1500,
    toleranceUs: 4000,
    tolerancePercent: 12.5,
    timestampTickUs: 0,
    jiffiesUs: null,
    timestampEchoScaled: false,
    timestampEchoChecked: false,
    strictSegments: false,
    dryRun: false,
    verbose: false,
    nonFatal: new Set(),
    initScripts: [],
  }
}

/**
 * What a script is run with: its own options first, then those of the command line, which win.
 *
 * @throws {ScriptSyntaxError} for an option of the script, {OptionError} for one of the command line
 */
export function configOf(file: string, script: Script, given: readonly RunnerOption[]): RunConfig {
  for (const option of script.options) {
    try {
      checkOption(option)
    } catch (error) {
      if (error instanceof OptionError) throw new ScriptSyntaxError(file, option.position, error.message)
      throw error
    }
  }
  const config = familyDefaults([...script.options, ...given])
  for (const option of script.options) applyOne(config, option)
  for (const option of given) applyOne(config, option)
  return config
}

/** What the command line alone decides. @throws {OptionError} */
export function givenConfig(given: readonly RunnerOption[]): RunConfig {
  const config = familyDefaults(given)
  for (const option of given) applyOne(config, option)
  return config
}

/** The defaults of the family that the options name. */
function familyDefaults(options: readonly RunnerOption[]): RunConfig {
  const config = defaults()
  const version = options.findLast(({ name }) => name === 'ip_version')
  if (version !== undefined) applyOne(config, version)
  const [local, remote] = DEFAULT_IPS[config.ipVersion]
  config.localIp = Address.parse(local) as Address
  config.remoteIp = Address.parse(remote) as Address
  return config
}

/** @throws {OptionError} for an unknown option, or a value that an option does not take. */
export function checkOption(option: RunnerOption): void {
  applyOne(defaults(), option)
}

function applyOne(config: RunConfig, { name, value }: RunnerOption): void {
  const whole = (least: number, most: number): number => readNumber(name, value, least, most, true)
  const flag = (): boolean => value === null || !/^(0|false|no)$/.test(value)
  switch (name) {
    case 'ip_version':
      config.ipVersion = ipVersion(value)
      break
    case 'bind_port':
      config.bindPort = whole(1, 65_535)
      break
    case 'connect_port':
      config.connectPort = whole(1, 65_535)
      break
    case 'local_ip':
      config.localIp = address(name, value, config.localIp)
      break
    case 'remote_ip':
      config.remoteIp = address(name, value, config.remoteIp)
      break
    case 'mtu':
      config.mtu = whole(68, 65_535)
      break
    case 'tolerance_usecs':
      config.toleranceUs = whole(0, 1e9)
      break
    case 'tolerance_percent':
      config.tolerancePercent = readNumber(name, value, 0, 1000, false)
      break
    case 'tcp_ts_tick_usecs':
      config.timestampTickUs = whole(0, 1e6)
      break
    case 'tcp_ts_ecr_scaled':
      config.timestampEchoScaled = flag()
      break
    case 'tcp_ts_ecr_checked':
      config.timestampEchoChecked = flag()
      break
    case 'jiffies_usecs':
      config.jiffiesUs = whole(0, 1e15)
      break
    case 'strict_segments':
      config.strictSegments = flag()
      break
    case 'dry_run':
      config.dryRun = flag()
      break
    case 'v':
    case 'verbose':
      config.verbose = flag()
      break
    case 'non_fatal':
      config.nonFatal = nonFatal(value)
      break
    case 'init_scripts':
      config.initScripts = (value ?? '').split(',').filter((path) => path !== '')
      break
    case 'wire_client':
    case 'wire_server':
      throw new OptionError(`--${name}: unsupported: a script is played against the stack, not between two machines`)
    default:
      if (!IGNORED.has(name) && !IGNORED_ELSEWHERE.has(name))
        throw new OptionError(
          `--${name}: no such option, ${didYouMean(name, OPTION_NAMES, `expected one of ${OPTION_NAMES.join(', ')}`)}`,
        )
  }
}

function readNumber(name: string, value: string | null, least: number, most: number, isWhole: boolean): number {
  const read = Number(value)
  const isOne = value !== null && value !== '' && (Number.isInteger(read) || !isWhole)
  if (isOne && read >= least && read <= most) return read
  const kind = isWhole ? 'whole number' : 'number'
  throw new OptionError(`--${name}=${value ?? ''}: expected a ${kind} from ${least} to ${most}`)
}

/** `packet`, `syscall`, both, or nothing said, which is both. */
function nonFatal(value: string | null): RunConfig['nonFatal'] {
  const words = (value ?? 'packet,syscall').split(/[, ]+/).filter((word) => word !== '')
  const kinds = words.map((word) => ({ packet: 'packet', packets: 'packet', syscall: 'call', syscalls: 'call' })[word])
  if (kinds.includes(undefined)) throw new OptionError(`--non_fatal=${value ?? ''}: expected packet, syscall or both`)
  return new Set(kinds as ('packet' | 'call')[])
}

function ipVersion(value: string | null): IpVersion {
  if (value === 'ipv4' || value === 'ipv6' || value === 'ipv4-mapped-ipv6') return value
  if (value === 'ipv4_mapped_ipv6') return 'ipv4-mapped-ipv6'
  throw new OptionError(`--ip_version=${value ?? ''}: expected ipv4, ipv6 or ipv4-mapped-ipv6`)
}

/** An address of the run's family; one of the other family belongs to a script that is meant for several. */
function address(name: string, value: string | null, now: Address): Address {
  const found = parseCidr(value ?? '')?.address ?? Address.parse(value ?? '')
  if (found === undefined) throw new OptionError(`--${name}=${value ?? ''}: expected an IPv4 or IPv6 address`)
  return found.v4 === now.v4 ? found : now
}
