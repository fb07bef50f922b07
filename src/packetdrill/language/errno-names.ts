import { didYouMean, Errno } from '../../base/index.ts'

/** Names that are another's on some system, and such as no call of this stack gives: a script may expect them all the same. */
const FURTHER = [
  ...['EWOULDBLOCK', 'ENOTSUP', 'EDEADLOCK', 'EINTEGRITY', 'ENXIO', 'E2BIG', 'ENOEXEC', 'ECHILD', 'ENOTBLK', 'EXDEV'],
  ...['ENOTDIR', 'EISDIR', 'ETXTBSY', 'EFBIG', 'ENOSPC', 'EROFS', 'EMLINK', 'ERANGE', 'EDEADLK', 'ENOLCK', 'ENOTEMPTY'],
  ...['EIDRM', 'ECHRNG', 'EL2NSYNC', 'EL3HLT', 'EL3RST', 'ELNRNG', 'EUNATCH', 'ENOCSI', 'EL2HLT', 'EBADE', 'EBADR'],
  ...['EXFULL', 'ENOANO', 'EBADRQC', 'EBADSLT', 'EBFONT', 'ENOSTR', 'ETIME', 'ENOSR', 'ENOPKG', 'EREMOTE', 'ENOLINK'],
  ...['EADV', 'ESRMNT', 'ECOMM', 'EMULTIHOP', 'EDOTDOT', 'EBADMSG', 'EOVERFLOW', 'ENOTUNIQ', 'EBADFD', 'EREMCHG'],
  ...['ELIBACC', 'ELIBBAD', 'ELIBSCN', 'ELIBMAX', 'ELIBEXEC', 'EILSEQ', 'ERESTART', 'ESTRPIPE', 'EUSERS'],
  ...['ETOOMANYREFS', 'ESTALE', 'EUCLEAN', 'ENOTNAM', 'ENAVAIL', 'EISNAM', 'EREMOTEIO', 'EDQUOT', 'ENOMEDIUM'],
  ...['EMEDIUMTYPE', 'ECANCELED', 'ENOKEY', 'EKEYEXPIRED', 'EKEYREVOKED', 'EKEYREJECTED', 'EOWNERDEAD'],
  ...[
    'ENOTRECOVERABLE',
    'ERFKILL',
    'EHWPOISON',
    'EPROCLIM',
    'EBADRPC',
    'ERPCMISMATCH',
    'EPROGUNAVAIL',
    'EPROGMISMATCH',
  ],
  ...['EPROCUNAVAIL', 'EFTYPE', 'EAUTH', 'ENEEDAUTH', 'ENOATTR', 'EDOOFUS', 'ENOTCAPABLE', 'ECAPMODE'],
]
const NAMES: ReadonlySet<string> = new Set([...Object.keys(Errno), ...FURTHER])

/** What is wrong with a word that is no errno's name; null for one that is. */
export function notErrno(word: string): readonly [found: string, expected: string] | null {
  if (NAMES.has(word)) return null
  return [`there is no errno called ${word}`, didYouMean(word, Object.keys(Errno), "expected an errno's name")]
}
