declare module 'exifr/dist/lite.esm.mjs' {
  export function gps(
    input: ArrayBuffer,
  ): Promise<{ latitude: number; longitude: number } | undefined>
}
