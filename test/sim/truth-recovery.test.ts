import { replayTable } from '../stack/replay/rows.ts'

replayTable('recovery')
