// Runs at the end of the page. `map` is Folium's Leaflet map, `page` what the server knows.
const narrow = window.matchMedia('(max-width: 640px)')
const panel = document.querySelector('.wg-panel')
const summary = panel.querySelector('summary')

function margins() {
  if (narrow.matches) {
    return { paddingTopLeft: [12, 12], paddingBottomRight: [12, summary.offsetHeight + 16] }
  }
  const aside = panel.open && window.innerWidth > 820 ? panel.offsetWidth + 24 : 16
  return { paddingTopLeft: [16, 16], paddingBottomRight: [aside, 24] }
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
  write(lat + radius / 111195, lon, String(index + 1), 'wg-number', 'marks')
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
document.documentElement.dataset.ready = 'true'
