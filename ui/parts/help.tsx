/** Every key there is; each is also a control with its key in its label. */
import { Dialog } from './dialog.tsx'

const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Findings',
    [
      ['j', 'next finding'],
      ['k', 'previous finding'],
      ['x', 'select the finding'],
      ['Enter', 'open it full'],
      ['Esc', 'back; clear the selection'],
      ['e', 'acknowledge'],
      ['c', 'close, then the letter of the reason'],
      ['p', 'approve as normal'],
      ['n', 'write a note'],
      ['u', 'undo'],
      ['r', 'take in what is new'],
    ],
  ],
  [
    'Everywhere',
    [
      ['/', 'filter'],
      ['g f', 'Findings'],
      ['g a', 'Assets'],
      ['g c', 'Conversations'],
      ['g z', 'Zones'],
      ['g o', 'Operations'],
      ['g p', 'Reports'],
      ['g r', 'Rules'],
      ['g s', 'Sensor'],
      ['?', 'this help'],
    ],
  ],
  [
    'Reason, after c',
    [
      ['t', 'true positive'],
      ['b', 'benign, expected'],
      ['f', 'false positive'],
      ['d', 'duplicate'],
      ['m', 'maintenance'],
    ],
  ],
]

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose} leave="Close">
      <div className="help">
        {groups.map(([name, keys]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
