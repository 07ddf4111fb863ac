/** Days as the server writes them (2026-03-01), moved by the calendar without a time zone. */
export function moveDay(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
/** A moment of the day that is the same day in every zone of an office on land. */
export const noon = (day: string): string => `${day}T12:00:00+08:00`
/** The share of the widest bar that a number takes, 0 to 1. */
export function barShare(value: number, all: number[]): number {
  const most = Math.max(...all.map(Math.abs), 0)
  return most ? Math.abs(value) / most : 0
}
/** Points with their sign: +0.5, −2, 0. */
export function signed(text: string, value: number): string {
  return value > 0 ? `+${text}` : text.replace('-', '−')
}
