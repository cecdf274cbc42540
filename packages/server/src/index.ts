export type { Scope } from './access/scopes.ts';
export { SCOPE_MEANINGS, SCOPES } from './access/scopes.ts';
export { type BackupHead, RestoreError } from './backup/backup-file.ts';
export { backUpToFile } from './backup/make-backup.ts';
export { restoreBackup } from './backup/restore.ts';
export { readSettings, SETTINGS, type Settings, SettingsError, unknownSettings } from './config.ts';
export { DirectoryLockedError } from './database/directory-lock.ts';
export { SchemaNewerError } from './database/migrate.ts';
export { type FirstStart, prepareFirstStart } from './first-start.ts';
export { createLogger } from './http/logger.ts';
export { MasterKeyError, parseMasterKey } from './secrets/master-key.ts';
export { SealError } from './secrets/seal.ts';
export {
  MIN_PASSPHRASE,
  type SealedKeys,
  SealedKeysSchema,
  type SealSecret,
  sealKeys,
  unsealKeys,
} from './secrets/sealed-keys.ts';
export { type RunningServer, startServer } from './server.ts';
export { ServerError, type ServerErrorCode } from './server-error.ts';
export type { ApiKeyInfo } from './store/api-keys.ts';
export { AUDIT_ACTIONS, type AuditAction, type AuditEntry, COMMAND, listAudit } from './store/audit.ts';
export { exportKeys, importKeys, importSealedKeys } from './store/key-transfer.ts';
export { openStore, type Store } from './store/open-store.ts';
export { type MasterKeyRotation, rotateMasterKey } from './store/rotate-master-key.ts';
export { KeyConflictError, type WatermarkKeyInfo } from './store/watermark-keys.ts';
export { untilUncaught } from './uncaught.ts';
export { type RunningWorker, startWorker } from './worker.ts';
