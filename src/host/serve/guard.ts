/**
 * Who may talk to the server. It shows every connection of the machine, so a page from elsewhere must not read it: neither
 * through its visitor's browser (the Origin), nor under a name that its owner has pointed at this machine (DNS rebinding, the Host).
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/**
 * Why a request is refused, or undefined when it is not.
 * @param servedName the name or address that the server was told to listen on: it may be asked for by that
 */
export function refusal(headers: IncomingHttpHeaders, servedName: string): string | undefined {
  const { host, origin } = headers
  const name = host === undefined ? undefined : hostName(host)
  if (name === undefined) return 'the Host header is missing or is no host'
  if (!isOurName(name, servedName)) {
    return `the Host header says "${name}": expected localhost, an address, or the name it was told to listen on`
  }
  if (origin !== undefined && origin !== `http://${host}`) return `a page from ${origin} may not read this server`
  // Browsers say where a request comes from even where they send no Origin: a picture, a script, a followed link.
  const site = headers['sec-fetch-site']
  const followedLink = headers['sec-fetch-mode'] === 'navigate'
  if ((site === 'cross-site' || site === 'same-site') && !followedLink)
    return 'a page from elsewhere may not read this server'
  return undefined
}

function hostName(host: string): string | undefined {
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '') : undefined
}

/** An address cannot be rebound, and `localhost` is this machine by definition (RFC 6761). */
function isOurName(name: string, servedName: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0 || name === servedName.toLowerCase()
}

/** On every answer. The console needs its own scripts, styles, fonts and workers, WebAssembly, and nothing from elsewhere. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}
