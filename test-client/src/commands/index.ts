import { channels } from './channels.ts'
import type { Command } from './command.ts'
import { create } from './create.ts'
import { deleteMessage } from './delete.ts'
import { devices } from './devices.ts'
import { dm } from './dm.ts'
import { edit } from './edit.ts'
import { helpOn } from './help.ts'
import { history } from './history.ts'
import { invite } from './invite.ts'
import { join } from './join.ts'
import { kick } from './kick.ts'
import { leave } from './leave.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { msg } from './msg.ts'
import { quit } from './quit.ts'
import { react } from './react.ts'
import { read } from './read.ts'
import { register } from './register.ts'
import { rename } from './rename.ts'
import { role } from './role.ts'
import { status } from './status.ts'
import { topic } from './topic.ts'
import { unreact } from './unreact.ts'
import { unread } from './unread.ts'
import { unwatch } from './unwatch.ts'
import { watch } from './watch.ts'
import { who } from './who.ts'
import { whois } from './whois.ts'

const all: Command[] = [
  register,
  login,
  logout,
  channels,
  create,
  join,
  leave,
  msg,
  dm,
  invite,
  kick,
  role,
  rename,
  topic,
  who,
  history,
  read,
  unread,
  edit,
  deleteMessage,
  react,
  unreact,
  status,
  watch,
  unwatch,
  whois,
  devices,
  quit,
]

/** Every command by its name. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [helpOn(all), ...all].map((command) => [command.name, command]),
)
