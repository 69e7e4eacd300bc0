import { useApp } from '../context.ts'
import { Dialog } from '../dialog.tsx'

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { texts } = useApp()
  return (
    <Dialog title={texts.shortcuts.title} onClose={onClose}>
      <dl class="shortcuts">
        {texts.shortcuts.rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
