// Runs at the end of the page. `map` is Folium's Leaflet map, `page` what the server knows.
const narrow = window.matchMedia('(max-width: 480px)')
const panel = document.querySelector('.wg-panel')
const summary = panel.querySelector('summary')

function margins() {
  if (narrow.matches) {
    return { paddingTopLeft: [12, 12], paddingBottomRight: [12, summary.offsetHeight + 16] }
  }
  // Folded it lies over a corner; in a low frame that is a good part of the map.
  const beside = panel.open || window.innerHeight <= 420
  const aside = beside ? panel.offsetWidth + 24 : 16
  const below = page.layer.frames && page.layer.frames.length > 2 ? 88 : 24
  return { paddingTopLeft: [16, 16], paddingBottomRight: [aside, below] }
}

function showAll() {
  map.fitBounds(page.bounds, { ...margins(), animate: false })
}

function fold() {
  panel.open = !narrow.matches && window.innerHeight > 420
  document.body.style.setProperty('--sheet', `${summary.offsetHeight}px`)
}

// Names that would lie on an earlier, larger one are left out until there is room.
function thinNames() {
  const taken = []
  for (const name of document.querySelectorAll('.wg-label')) {
    name.hidden = false
    const box = name.firstElementChild.getBoundingClientRect()
    const clash = taken.some(
      (other) =>
        box.left < other.right + 6 && other.left < box.right + 6 &&
        box.top < other.bottom + 2 && other.top < box.bottom + 2,
    )
    name.hidden = clash
    if (!clash) taken.push(box)
  }
}

function write(lat, lon, text, className, pane) {
  const html = document.createElement('span')
  html.textContent = text
  const icon = L.divIcon({ className, html, iconSize: [0, 0] })
  L.marker([lat, lon], { icon, pane, interactive: false, keyboard: false }).addTo(map)
}

for (const [lat, lon, text] of page.names) write(lat, lon, text, 'wg-label', 'lines')
page.places.forEach(([lat, lon, radius], index) => {
  write(lat + radius / 111195, lon, String(index + 1), 'wg-number wg-own', 'marks')
})

let touched = false
L.control.zoom(page.zoom).addTo(map)
L.control.scale({ imperial: false }).addTo(map)
fold()
showAll()
thinNames()
map.on('zoomend', thinNames)
map.on('dragstart', () => (touched = true))
map.getContainer().addEventListener('wheel', () => (touched = true), { passive: true })
narrow.addEventListener('change', () => {
  fold()
  showAll()
})
map.on('resize', () => touched || showAll())
for (const button of document.querySelectorAll('[data-place]')) {
  button.addEventListener('click', () => {
    const [lat, lon, radius] = page.places[Number(button.dataset.place)]
    touched = true
    if (narrow.matches) panel.open = false
    map.fitBounds(L.latLng(lat, lon).toBounds(radius * 5), margins())
  })
}
// What is drawn here: `page.layer` has a count for places in frames, the whole window first.
const layer = page.layer
const frames = layer.frames || []
const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 })
const framed = window.parent !== window && page.linked
let shown = 0

function ask(what) {
  if (framed) window.parent.postMessage({ wangge: 'cases', ...what }, window.location.origin)
}
function boxOf(bounds) {
  return bounds.toBBoxString()
}
function line(text, strong) {
  const element = document.createElement(strong ? 'strong' : 'div')
  element.style.display = 'block'
  element.textContent = text
  return element
}

let paint = () => {}
if (layer.kind === 'shapes') {
  const { rings, names, codes, cells } = page.shapes
  const canvas = L.canvas({ pane: 'cells' })
  let counts = []
  const told = (index) => {
    const box = document.createElement('div')
    if (names) box.append(line(names[index], true))
    box.append(line(`${page.say.cell} ${numbers.format(counts[index] || 0)}`))
    if (layer.rate && layer.rate[index]) {
      box.append(line(`${layer.unit} ${numbers.format((counts[index] || 0) * layer.rate[index])}`))
    }
    if (cells) box.append(line(`H3 ${cells[index]}`))
    if (framed && counts[index]) box.append(line(page.say.cases))
    return box
  }
  const drawn = rings.map((ring, index) => {
    const polygon = L.polygon(ring, { renderer: canvas, pane: 'cells', weight: 0, fillOpacity: 0 })
    polygon.bindTooltip(() => told(index), { sticky: true })
    polygon.on('click', () => {
      if (!counts[index]) return
      if (codes) ask({ grid: codes[index] })
      else ask(cells ? { cell: cells[index] } : { bbox: boxOf(polygon.getBounds()) })
    })
    return polygon.addTo(map)
  })
  paint = (frame) => {
    const { bounds, looks } = layer.scales[shown > 0 ? 1 : 0]
    counts = []
    frame.i.forEach((index, at) => (counts[index] = frame.v[at]))
    drawn.forEach((polygon, index) => {
      const value = (counts[index] || 0) * (layer.rate ? layer.rate[index] : 1)
      let k = bounds.length - 1
      while (k > 0 && bounds[k] > value) k -= 1
      const [fillColor, fillOpacity] = value > 0 ? looks[k] : ['#000000', 0]
      polygon.setStyle({ fillColor, fillOpacity })
    })
  }
} else if (layer.kind === 'cluster') {
  const group = L.layerGroup().addTo(map)
  const apart = 72 // pixels
  const clusters = (frame) => {
    const zoom = map.getZoom()
    const view = map.getBounds().pad(0.3)
    const found = new Map()
    frame.i.forEach((index, at) => {
      const place = L.latLng(layer.at[index])
      if (!view.contains(place)) return
      const pixel = map.project(place, zoom)
      const key = `${Math.floor(pixel.x / apart)} ${Math.floor(pixel.y / apart)}`
      const one = found.get(key) || { n: 0, lat: 0, lng: 0, bounds: L.latLngBounds(place, place) }
      one.n += frame.v[at]
      one.lat += frame.v[at] * place.lat
      one.lng += frame.v[at] * place.lng
      one.bounds.extend(place)
      found.set(key, one)
    })
    return [...found.values()]
  }
  paint = (frame) => {
    group.clearLayers()
    for (const { n, lat, lng, bounds } of clusters(frame)) {
      const size = Math.round(26 + 8 * Math.log10(n))
      const html = document.createElement('span')
      html.textContent = numbers.format(n)
      const icon = L.divIcon({ className: 'wg-cluster', html, iconSize: [size, size] })
      const title = `${page.say.cell} ${numbers.format(n)}`
      L.marker([lat / n, lng / n], { icon, pane: 'marks', title, alt: title })
        .on('click', () => {
          if (map.getZoom() < 16) map.setView(bounds.getCenter(), Math.min(17, map.getZoom() + 1.5))
          else ask({ bbox: boxOf(bounds.pad(0.1)) })
        })
        .addTo(group)
    }
  }
  map.on('moveend', () => paint(frames[shown]))
} else if (frames.length > 1) {
  let heat
  map.eachLayer((one) => {
    if (L.HeatLayer && one instanceof L.HeatLayer) heat = one
  })
  if (heat) {
    const whole = heat._latlngs
    const plain = heat._heat.max
    const busiest = frames.slice(1).reduce((best, one) => Math.max(best, ...one.v), 1)
    // The same colour means the same number in every period.
    heat._heat.max = function (most) {
      return plain.call(this, shown > 0 ? Math.max(most, busiest) : most)
    }
    paint = (frame) => {
      heat.setLatLngs(
        shown > 0 ? frame.i.map((index, at) => [...layer.at[index], frame.v[at]]) : whole,
      )
    }
  }
}

// Time: the whole window, or one period after the other.
if (frames.length > 2) {
  const bar = document.createElement('div')
  bar.className = 'wg-time'
  bar.innerHTML = '<button type="button"></button><input type="range" min="0" step="1"><output></output>'
  const [button, slider, output] = bar.children
  slider.max = String(frames.length - 1)
  slider.value = '0'
  slider.setAttribute('aria-label', page.say.time)
  let timer = 0
  const show = (index) => {
    shown = index
    const frame = frames[index]
    slider.value = String(index)
    output.textContent = `${frame.t} · ${numbers.format(frame.n)}`
    slider.setAttribute('aria-valuetext', output.textContent)
    document.querySelectorAll('[data-scale]').forEach((legend) => {
      legend.hidden = legend.dataset.scale !== (index > 0 ? '1' : '0')
    })
    document.body.dataset.frame = String(index)
    paint(frame)
  }
  const play = (on) => {
    window.clearInterval(timer)
    timer = on ? window.setInterval(() => show(1 + (shown % (frames.length - 1))), 700) : 0
    button.textContent = on ? '❚❚' : '▶'
    button.setAttribute('aria-label', on ? page.say.pause : page.say.play)
    button.setAttribute('aria-pressed', String(on))
  }
  button.addEventListener('click', () => play(!timer))
  slider.addEventListener('input', () => {
    play(false)
    show(Number(slider.value))
  })
  document.body.append(bar)
  document.body.classList.add('wg-timed')
  play(false)
  show(0)
} else if (frames.length) {
  paint(frames[0])
}

// The page around may mark places of its own, and ask to see one of them.
let marked = L.layerGroup().addTo(map)
window.addEventListener('message', ({ data, origin, source }) => {
  if (!data || source !== window.parent || origin !== window.location.origin) return
  if (data.wangge === 'marks') {
    marked.clearLayers()
    document.body.classList.toggle('wg-others', data.marks.length > 0)
    for (const { lat, lon, radius, label } of data.marks) {
      L.circle([lat, lon], {
        radius, pane: 'marks', className: 'wg-circle wg-other', weight: 2.5, fill: false, interactive: false,
      }).addTo(marked)
      const html = document.createElement('span')
      html.textContent = label
      const icon = L.divIcon({ className: 'wg-number', html, iconSize: [0, 0] })
      L.marker([lat + radius / 111195, lon], {
        icon, pane: 'marks', interactive: false, keyboard: false,
      }).addTo(marked)
    }
    document.body.dataset.marks = String(data.marks.length)
  } else if (data.wangge === 'show') {
    touched = true
    map.fitBounds(L.latLng(data.lat, data.lon).toBounds(data.radius * 5), margins())
  }
})
document.documentElement.dataset.ready = 'true'
