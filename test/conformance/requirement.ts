/** What the table of requirements is made of. */

/** MUST-1 … MUST-69, SHLD-1 … SHLD-31, MAY-1 … MAY-18 and REC-1: the numbers of RFC 9293, appendix B. */
export type RequirementId = `${'MUST' | 'SHLD' | 'MAY' | 'REC'}-${number}`

/** Whose duty it is: the transport's, the layer's below, or the program's above. */
export type Duty = 'TCP' | 'IP' | 'application'

/** A small change of a tagged line that takes the requirement away: the first text, found in that line alone, becomes the second. */
export type Break = readonly [from: string, to: string]

/** One requirement and how this stack answers it. */
export interface Requirement {
  readonly id: RequirementId
  /** Of RFC 9293. */
  readonly section: string
  readonly duty: Duty
  /** What is asked, in our words. */
  readonly says: string
  /** One for each line of the source that carries the tag. */
  readonly breaks: readonly Break[]
  /** Why it is not met; such a one is counted at the top of the page. */
  readonly unmet?: string
  /** A MAY that was not taken, and what there is instead. */
  readonly declined?: string
  /** A duty that no line of the stack can fulfil: why not, and what there is to say. */
  readonly answer?: string
  /** What else one should know. */
  readonly remark?: string
}

type More = Partial<Pick<Requirement, 'unmet' | 'declined' | 'answer' | 'remark'>>

/** A row: number, section, duty, what is asked, then a break for each tagged line and, where there is more to say, an object. */
export function row(
  id: RequirementId,
  section: string,
  duty: Duty,
  says: string,
  ...rest: readonly (Break | More)[]
): Requirement {
  const breaks = rest.filter((part): part is Break => Array.isArray(part))
  const more = rest.filter((part): part is More => !Array.isArray(part))
  return Object.assign({ id, section, duty, says, breaks }, ...more) as Requirement
}
