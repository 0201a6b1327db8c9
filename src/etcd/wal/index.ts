// Coming: walExists(files): Promise<boolean>, createWal(files, metadata, options?): Promise<WriteAheadLog>,
// openWal(files, snapshot: WalSnapshot, options?): Promise<WalReplay>, validSnapshots(files): Promise<WalSnapshot[]>.
// snap/: saveSnapshot(files, snapshot: Snapshot): Promise<void>, loadNewestSnapshot(files, valid: WalSnapshot[]): Promise<Snapshot | undefined>,
// removeOldSnapshots(files, keep: number): Promise<string[]>.
export type { WalOptions, WalReplay, WalSnapshot, WriteAheadLog } from './api.ts';
export { nodeWalFiles, type WalFile, type WalFiles } from './files.ts';
