/** What the store keeps of the running analyzer as a whole: rules as loaded, the zone matrix. */
import type { RuleRecord, RuleSet, ZoneMatrix } from '#analyzer'
import type { Pipeline } from './pipeline.ts'

export function ruleRecords(rules: RuleSet): RuleRecord[] {
  return rules.rules.map((rule) => ({
    id: rule.id,
    title: rule.title,
    level: rule.level,
    description: rule.description,
    tags: [...rule.tags],
    logsource: { ...rule.logsource },
    file: rule.file,
    false_positives: [...rule.falsePositives],
    check: [...rule.check],
    enabled: true,
  }))
}

export function zoneMatrix(pipeline: Pipeline, policyFile: string): ZoneMatrix {
  const { zones, analyzer } = pipeline
  const assets = new Map<string, number>()
  for (const { zone } of analyzer.inventory.assets()) {
    if (zone !== '') assets.set(zone, (assets.get(zone) ?? 0) + 1)
  }
  const declared = zones.zones()
  const ids = new Set(declared.map(({ id }) => id))
  const { policy } = zones
  return {
    policy:
      policy === undefined
        ? null
        : {
            file: policyFile,
            version: policy.version,
            site: policy.site,
            approved_at: policy.approvedAt,
          },
    zones: [
      ...declared.map(({ id, name, kind, parent }) => {
        return { id, name, kind, parent, assets: assets.get(id) ?? 0, declared: true }
      }),
      ...[...assets]
        .filter(([id]) => !ids.has(id))
        .map(([id, count]) => ({
          id,
          name: id,
          kind: '',
          parent: '',
          assets: count,
          declared: false,
        })),
    ],
    cells: analyzer.matrix.rows(zones.declared()),
  }
}
