import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Manifest } from '#analyzer'
import { backupStore, checkStore, openStore, restoreStore } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { EXIT_FINDINGS } from '../command.ts'
import { lockStore } from '../lock.ts'
import { tellStore } from '../kept-store.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { countText, numberText, table } from '../print.ts'
import { bytesText } from '../quota.ts'
import { storeFlags } from '../run-flags.ts'

export const command: CliCommand = {
  summary: 'look after a store: check, info, backup, restore',
  example: 'fieldtap store backup /mnt/backup/2026-11-21 --data /var/lib/fieldtap',
  define(command: Command) {
    const add = (name: string, about: string): Command =>
      storeFlags(command.command(name)).description(about).exitOverride()
    add('check', 'read every file; exit 1 where one is damaged').action(check)
    add('info', 'what is stored, since when, and how much it takes').action(info)
    add('backup', 'copy the store, beside a running sensor or without one')
      .argument('<folder>', 'where to: empty, or not there yet')
      .action(backup)
    add('restore', 'bring a backup back into a folder that holds no store')
      .argument('<folder>', 'what backup has written')
      .action(restore)
  },
}

function dataOf(flags: RunFlags): string {
  const { data } = resolveOptions([], flags, 'kept')
  tellStore(data)
  return data
}

function check(flags: RunFlags): void {
  const files = checkStore(dataOf(flags))
  const rows = files.map(({ name, bytes, damage }) => [
    damage === '' ? 'ok' : 'DAMAGED',
    name,
    bytesText(bytes),
    damage,
  ])
  process.stdout.write(table(rows))
  if (files.every(({ damage }) => damage === '')) return
  process.exitCode = EXIT_FINDINGS
  process.stderr.write(
    'fieldtap: bring a backup back with fieldtap store restore; a damaged day is put aside by ' +
      'the sensor, the rest goes on.\n',
  )
}

async function info(flags: RunFlags): Promise<void> {
  const { data, upkeep } = resolveOptions([], flags, 'kept')
  const store = await openStore(data, { mustExist: true, isOwner: false })
  try {
    const stats = await store.stats()
    const dropped = (count: number): string =>
      count === 0 ? '' : `${numberText(count)} older ones are gone`
    const rows = [
      ['folder', data, ''],
      ['findings', numberText(stats.findings), dropped(stats.findings_deleted)],
      ['assets', numberText(stats.assets), ''],
      ['conversations', numberText(stats.conversations), dropped(stats.conversations_dropped)],
      ['observations', numberText(stats.observations), dropped(stats.observations_dropped)],
      ['received on', countText(stats.days, 'day'), `kept for ${countText(upkeep.days, 'day')}`],
      ['size', bytesText(stats.bytes), `of ${bytesText(upkeep.quotaBytes)}`],
    ]
    process.stdout.write(table(rows))
  } finally {
    await store.close()
  }
}

function backup(folder: string, flags: RunFlags): void {
  const began = performance.now()
  const to = resolve(folder)
  const manifest = backupStore(dataOf(flags), to)
  process.stderr.write(`fieldtap: ${sumText(manifest)}: copied to ${to} ${tookText(began)}.\n`)
}

function restore(folder: string, flags: RunFlags): void {
  const began = performance.now()
  const { data } = resolveOptions([], flags, 'live')
  const release = lockStore(data)
  try {
    const manifest = restoreStore(resolve(folder), data)
    const what = `${sumText(manifest)}, of ${manifest.made.slice(0, 19).replace('T', ' ')} UTC`
    process.stderr.write(`fieldtap: ${what}: restored into ${data} ${tookText(began)}.\n`)
  } finally {
    release()
  }
}

function sumText({ files }: Manifest): string {
  const isMain = (name: string): boolean => basename(name) === name
  const sum = (main: boolean): number =>
    files.reduce((all, { name, bytes }) => all + (isMain(name) === main ? bytes : 0), 0)
  const days = countText(files.length - 1, 'file')
  return `main ${bytesText(sum(true))}, ${days} of observations ${bytesText(sum(false))}`
}

function tookText(began: number): string {
  return `and checked in ${((performance.now() - began) / 1000).toFixed(1)} s`
}
