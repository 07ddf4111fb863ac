/** The colours of the map in both themes. Thematic layers lie on them and stay legible. */
import type { Theme } from '@/state/theme'

export interface MapPalette {
  land: string
  water: string
  waterText: string
  park: string
  parkText: string
  building: string
  buildingLine: string
  road: string
  arterial: string
  casing: string
  rail: string
  railGap: string
  text: string
  halo: string
  boundary: string
  boundaryHalo: string
  unit: string
  lit: string
  /** Quiet fills for graph colouring: neighbours never share one. */
  hues: string[]
}

export const palettes: Record<Theme, MapPalette> = {
  light: {
    land: '#f3f0ea',
    water: '#c5dcea',
    waterText: '#3c6f92',
    park: '#dde8d2',
    parkText: '#4d6b3c',
    building: '#e3ddd2',
    buildingLine: '#d3cbbd',
    road: '#ffffff',
    arterial: '#fff6e0',
    casing: '#d6cfc2',
    rail: '#8d8a85',
    railGap: '#f3f0ea',
    text: '#4a4640',
    halo: '#fbfaf7',
    boundary: '#3a4a5a',
    boundaryHalo: '#ffffff',
    unit: '#8a8274',
    lit: '#14527a',
    hues: ['#c9d8e6', '#ead9c0', '#d3dfcb', '#e3cfd9', '#d6d3e8', '#dcdcd2'],
  },
  dark: {
    land: '#1b1d20',
    water: '#1f3341',
    waterText: '#7fb0cc',
    park: '#222b23',
    parkText: '#8fac86',
    building: '#292c30',
    buildingLine: '#34383d',
    road: '#4a5058',
    arterial: '#5c5a50',
    casing: '#101214',
    rail: '#6f7378',
    railGap: '#1b1d20',
    text: '#c9c7c1',
    halo: '#17191b',
    boundary: '#c3d0db',
    boundaryHalo: '#101214',
    unit: '#6d7279',
    lit: '#7cc6f2',
    hues: ['#2b4256', '#4d4030', '#33442f', '#4b3441', '#3b3a57', '#3f4038'],
  },
}
