/** What is looked at: the name of the site, or a choice where there are several sensors. */
import { useAddress, useHealth, useScope, useSensors } from '../data/hooks.ts'
import { plural } from '../text/number.ts'
import { wirePlain } from '../text/wire.ts'
import { Wire } from './wire.tsx'

const NAME_LIMIT = 40

export function ScopeControl() {
  const health = useHealth()
  const sensors = useSensors()
  if (sensors.length < 2) {
    return (
      <span className="site">
        <Wire text={health?.site || 'Fieldtap'} limit={32} />
      </span>
    )
  }
  return <Choice />
}

/** An option is a site, or a site and a sensor; its value is where it stands in the list. */
function Choice() {
  const sensors = useSensors()
  const { site, sensor } = useScope()
  const address = useAddress()
  const sites = Map.groupBy(sensors, (row) => row.site)
  const places = [...sites].flatMap(([name, rows]) => [
    { site: name, sensor: undefined, words: whole(name, rows.length) },
    ...rows.map((row) => ({
      site: name,
      sensor: row.sensor,
      words: `\u2003${wirePlain(row.sensor, NAME_LIMIT) || 'no name yet'}`,
    })),
  ])
  const chosen = places.findIndex((place) => {
    const named = site === undefined ? sensor !== undefined : place.site === site
    return named && place.sensor === sensor
  })
  return (
    <select
      className="site scope"
      aria-label="Site and sensor"
      value={chosen}
      onChange={(event) => {
        const place = places[Number(event.target.value)]
        const { site: next, sensor: one } = place ?? { site: undefined, sensor: undefined }
        address({ site: next, sensor: one, sel: undefined }, { push: true })
      }}
    >
      <option value={-1}>
        {sites.size > 1 ? `All ${sites.size} sites` : `All ${plural(sensors.length, 'sensor')}`}
      </option>
      {places.map((place, at) => (
        <option key={at} value={at}>
          {place.words}
        </option>
      ))}
    </select>
  )
}

function whole(site: string, count: number): string {
  const name = wirePlain(site, NAME_LIMIT) || 'no site'
  return count > 1 ? `${name}, ${plural(count, 'sensor')}` : name
}
