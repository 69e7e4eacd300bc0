import type { Evidence, Violation } from './evidence.ts'
import { indexed } from './index-evidence.ts'
import { asItIsNow, historyHasWhatWasSeen, readingsAgree, unread } from './reads.ts'
import { neverReset, noRightToSee, noRightToWrite } from './rights.ts'
import {
  ackedIsStored,
  nothingInvented,
  numbered,
  realTimeOrder,
  refold,
  refusedIsNot,
  sessionOrder,
} from './rows.ts'
import { oneMeaning, resolved, shownInSteps, shownInTime } from './seen.ts'

/** @returns the promises that a run broke; none for a good run */
export function check(evidence: Evidence): Violation[] {
  const known = indexed(evidence)
  return [
    ackedIsStored,
    refusedIsNot,
    nothingInvented,
    numbered,
    refold,
    sessionOrder,
    realTimeOrder,
    oneMeaning,
    shownInSteps,
    shownInTime,
    resolved,
    historyHasWhatWasSeen,
    readingsAgree,
    asItIsNow,
    unread,
    noRightToSee,
    noRightToWrite,
    neverReset,
  ].flatMap((rule) => rule(known))
}
