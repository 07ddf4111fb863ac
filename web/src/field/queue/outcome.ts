/** What an answer of the server means for what was sent. */

export interface ProblemTold {
  /** 0: the server could not be reached. */
  status: number
  code: string
  /** A sentence of the server in the reader's language, or ''. */
  detail: string
  errors: string[]
  /** The key of the photo that it is about. */
  photo?: string
}

export class SendProblem extends Error {
  constructor(
    readonly told: ProblemTold,
    /** The server asks to be left alone so long. */
    readonly retry_after_s: number | null = null,
  ) {
    super(told.detail || told.code)
    this.name = 'SendProblem'
  }
}

export type Verdict = 'again' | 'sign-in' | 'conflict' | 'photos-forgotten' | 'refused'

// The server was not asked, is overloaded, or is ill: the same words may be taken a moment later.
const passing = new Set([0, 408, 425, 429, 500, 502, 503, 504])
const signIn = new Set(['csrf-missing', 'password-must-change'])
// Two wrote at the same moment and neither was at fault.
const collided = 'incident-conflict'

export function verdictOf({ status, code }: ProblemTold): Verdict {
  if (passing.has(status) || status > 504 || code === collided) return 'again'
  if (status === 401 || signIn.has(code)) return 'sign-in'
  if (status === 409 && code === 'incident-changed') return 'conflict'
  if (code === 'photo-unknown') return 'photos-forgotten'
  return 'refused'
}

const FIRST_S = 5
const MOST_S = 15 * 60

/** Growing pauses: 5 s, 15 s, 45 s … 15 min, a fifth more or less, so that phones do not come as one. */
export function pauseMs(attempts: number, random: number, retryAfterS: number | null): number {
  const grown = Math.min(MOST_S, FIRST_S * 3 ** Math.max(0, attempts - 1))
  return Math.round(1000 * Math.max(grown * (0.8 + 0.4 * random), retryAfterS ?? 0))
}
