/** Thrown where an audit cannot be run by what is there, and could not later: for whoever asked for it. */
export class AuditUnfit extends Error {
  override readonly name = 'AuditUnfit';
}
