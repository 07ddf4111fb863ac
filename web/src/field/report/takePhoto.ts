/** A photo as it comes from the camera or the gallery, made ready to wait on this phone. */
import { newKey } from '@/dispatch/newKey'
import type { Photo } from '../store/items'

/** What the server takes; what is larger is drawn smaller, as it would do itself. */
const MOST_BYTES = 20 * 2 ** 20
const LONGEST_EDGE = 2560

/** Not a picture that this program can send. */
export class NoPicture extends Error {}

export async function takePhoto(file: File, item: string): Promise<Photo> {
  if (!file.size || (file.type && !file.type.startsWith('image/'))) throw new NoPicture()
  const whole = await file.arrayBuffer()
  const small = whole.byteLength > MOST_BYTES ? await shrunk(file) : null
  return {
    id: newKey(),
    item,
    bytes: small ?? whole,
    type: small ? 'image/jpeg' : file.type,
    name: file.name || 'photo.jpg',
    made_at: new Date().toISOString(),
    place: await placeOf(whole),
    photo_id: null,
  }
}

/** Where the camera says that it stood (EXIF); null where it says nothing that makes sense. */
export async function placeOf(bytes: ArrayBuffer): Promise<[number, number] | null> {
  try {
    const { gps } = await import('exifr/dist/lite.esm.mjs')
    const found = await gps(bytes)
    const { longitude: lon, latitude: lat } = found ?? {}
    if (typeof lon !== 'number' || typeof lat !== 'number') return null
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 85) || (lon === 0 && lat === 0)) return null
    return [lon, lat]
  } catch {
    return null
  }
}

async function shrunk(file: File): Promise<ArrayBuffer> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new NoPicture()
  })
  const scale = Math.min(1, LONGEST_EDGE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.88))
  if (!blob) throw new NoPicture()
  return blob.arrayBuffer()
}
