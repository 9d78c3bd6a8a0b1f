/** Patterns of the policy, each matched in linear time on text from the wire. */

/** `*` stands for any text, everything else for itself. */
export function glob(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const head = parts[0] ?? ''
  if (parts.length === 1) return text === head
  const tail = parts[parts.length - 1] ?? ''
  if (text.length < head.length + tail.length) return false
  if (!text.startsWith(head) || !text.endsWith(tail)) return false
  let at = head.length
  const end = text.length - tail.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/**
 * MQTT 5.0 section 4.7: whether everything that `name` can mean is within `filter`; `name` is a
 * topic name or itself a topic filter.
 */
export function topicMatches(filter: string, name: string): boolean {
  const wanted = filter.split('/')
  const levels = name.split('/')
  // 4.7.2: wildcards at the first level do not reach topics that begin with `$`.
  const first = wanted[0]
  if (name.startsWith('$') && (first === '#' || first === '+')) return false
  for (let at = 0; at < wanted.length; at++) {
    const want = wanted[at]
    const level = levels[at]
    if (want === '#') return true
    if (level === undefined || level === '#') return false
    if (want === '+' || want === level) continue
    return false
  }
  return levels.length === wanted.length
}
