// The page of the browser tests: the store alone, for scripts of the tests to use.
import { openStore } from '@rookery/client/store'

Object.assign(globalThis, { openStore })
