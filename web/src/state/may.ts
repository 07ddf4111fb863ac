/** What the server's table of permissions lets whoever is signed in do. */
import { session } from './session'

type Row = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`

/** Is a row that is for some roles only, named as in the table, for the reader? What would be
 * refused is not offered. */
export const may = (row: Row): boolean => session.may.includes(row)
