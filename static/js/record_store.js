// @ts-check
/** What the server has not acknowledged yet lies in IndexedDB, so that a reload or a crash loses nothing. */

/**
 * @typedef {{seq: number, count: number, data: ArrayBuffer}} Chunk frames `seq` … `seq + count - 1`
 * @typedef {{id: string, key: string, meeting?: string, user?: number, title: string, channels: number, end: number, isStopped: boolean}} Take `end`: frames made so far
 * @typedef {{id: string, kind: "note" | "mark", at_ms: number, text: string}} Line
 */

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("minutebook-live", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("takes", { keyPath: "id" });
      request.result.createObjectStore("chunks", { keyPath: ["take", "seq"] });
      request.result.createObjectStore("lines", { keyPath: ["take", "id"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {string} take @param {number} [from] @param {number} [to] */
const range = (take, from = 0, to = Infinity) => IDBKeyRange.bound([take, from], [take, to], false, true);

export class TakeStore {
  /** @param {IDBDatabase | null} database null: this browser keeps nothing; then memory must do @param {Take} take */
  constructor(database, take) {
    this.database = database;
    this.take = take;
    /** @type {Chunk[]} what could not be stored */
    this.spilled = [];
    /** @type {Map<string, Line>} */
    this.lines = new Map();
  }

  /** A take this browser started, or null. @param {string} id */
  static async find(id) {
    const database = await openDatabase();
    const take = await answer(database.transaction("takes").objectStore("takes").get(id));
    if (!take) return null;
    const store = new TakeStore(database, take);
    const lines = await answer(
      database
        .transaction("lines")
        .objectStore("lines")
        .getAll(IDBKeyRange.bound([id], [id, []])),
    );
    for (const { line } of lines) store.lines.set(line.id, line);
    return store;
  }

  /** All takes that lie in this browser. @returns {Promise<Take[]>} */
  static async listTakes() {
    const database = await openDatabase();
    return answer(database.transaction("takes").objectStore("takes").getAll());
  }

  /** @param {Take} take */
  static async create(take) {
    const database = await openDatabase().catch(() => null);
    const store = new TakeStore(database, take);
    await store.saveTake();
    return store;
  }

  get keeps() {
    return this.database !== null && !this.spilled.length;
  }

  async saveTake() {
    if (!this.database) return;
    await answer(
      this.database.transaction("takes", "readwrite").objectStore("takes").put({ ...this.take }),
    ).catch(() => {});
  }

  /** @param {Chunk} chunk */
  async put(chunk) {
    this.take.end = chunk.seq + chunk.count;
    try {
      if (!this.database) throw new Error("no store");
      const transaction = this.database.transaction(["chunks", "takes"], "readwrite");
      transaction.objectStore("takes").put({ ...this.take });
      await answer(transaction.objectStore("chunks").put({ take: this.take.id, ...chunk }));
    } catch {
      this.spilled.push(chunk);
    }
  }

  /** Some chunks that hold frame `from` or later ones, in order. @param {number} from @returns {Promise<Chunk[]>} */
  async list(from, limit = 50) {
    // A chunk that begins earlier may hold the frame.
    const first = Math.max(0, from - 50);
    const stored = this.database
      ? await answer(
          this.database
            .transaction("chunks")
            .objectStore("chunks")
            .getAll(range(this.take.id, first), limit + 50),
        ).catch(() => [])
      : [];
    return [...stored, ...this.spilled]
      .filter((chunk) => chunk.seq + chunk.count > from)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit);
  }

  /** The server has everything before frame `upto`. @param {number} upto */
  async forget(upto) {
    this.spilled = this.spilled.filter((chunk) => chunk.seq + chunk.count > upto);
    if (!this.database || !upto) return;
    // Chunks are at most 50 frames long; one that is only partly there stays for the next time.
    const chunks = this.database.transaction("chunks", "readwrite").objectStore("chunks");
    const last = await answer(chunks.getAll(range(this.take.id, Math.max(0, upto - 50), upto))).catch(() => []);
    const whole = last.filter((chunk) => chunk.seq + chunk.count <= upto).pop();
    if (!whole) return;
    const again = this.database.transaction("chunks", "readwrite").objectStore("chunks");
    await answer(again.delete(range(this.take.id, 0, whole.seq + 1))).catch(() => {});
  }

  /** @param {Line} line */
  keepLine(line) {
    this.lines.set(line.id, line);
    this.database
      ?.transaction("lines", "readwrite")
      .objectStore("lines")
      .put({ take: this.take.id, id: line.id, line });
  }

  /** @param {string} id */
  forgetLine(id) {
    this.lines.delete(id);
    this.database?.transaction("lines", "readwrite").objectStore("lines").delete([this.take.id, id]);
  }

  /** Nothing of this take is needed any more. */
  async clear() {
    if (!this.database) return;
    const id = this.take.id;
    const transaction = this.database.transaction(["takes", "chunks", "lines"], "readwrite");
    transaction.objectStore("chunks").delete(range(id));
    transaction.objectStore("lines").delete(IDBKeyRange.bound([id], [id, []]));
    await answer(transaction.objectStore("takes").delete(id));
  }

  /** How many frames lie here. */
  async countFrames() {
    const chunks = await this.list(0, 1e6);
    return chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  }

  /** What the server never got, as a file; null when there is nothing. @param {number} from */
  async makeWav(from) {
    const chunks = await this.list(from, 1e6);
    if (!chunks.length) return null;
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.data.byteLength, 0);
    const { channels } = this.take;
    const header = new DataView(new ArrayBuffer(44));
    [..."RIFF"].forEach((letter, i) => header.setUint8(i, letter.charCodeAt(0)));
    header.setUint32(4, 36 + bytes, true);
    [..."WAVEfmt "].forEach((letter, i) => header.setUint8(8 + i, letter.charCodeAt(0)));
    header.setUint32(16, 16, true);
    header.setUint16(20, 1, true);
    header.setUint16(22, channels, true);
    header.setUint32(24, 16000, true);
    header.setUint32(28, 32000 * channels, true);
    header.setUint16(32, 2 * channels, true);
    header.setUint16(34, 16, true);
    [..."data"].forEach((letter, i) => header.setUint8(36 + i, letter.charCodeAt(0)));
    header.setUint32(40, bytes, true);
    return new Blob([header, ...chunks.map((chunk) => chunk.data)], { type: "audio/wav" });
  }
}
