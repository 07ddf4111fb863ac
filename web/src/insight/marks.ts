/** A circle on the heat map, with the number that its row in the list has. */
export interface Mark {
  lat: number
  lon: number
  /** Metres. */
  radius: number
  label: string
}
