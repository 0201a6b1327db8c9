import { Box, Text, useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { keysOf } from './key-names.ts';
import { frameLines } from './screens/index.ts';
import type { Store } from './state/store.ts';
import type { UiState } from './state/ui-state.ts';
import { plainText } from './text/line.ts';
import type { Theme } from './theme.ts';

export interface KeysProps {
  readonly onKey: (name: string) => void;
}

/** Reads the keys, and draws nothing: frame-writer.ts does that. */
export function Keys({ onKey }: KeysProps) {
  useInput((input, flags) => {
    for (const name of keysOf(input, flags)) onKey(name);
  });
  return null;
}

export interface LinearProps extends KeysProps {
  readonly store: Store<UiState>;
  readonly theme: Theme;
}

/** The screens as plain lines, which Ink writes for a screen reader. */
export function Linear({ store, theme, onKey }: LinearProps) {
  const ui = useSyncExternalStore(store.subscribe, store.get);
  return (
    <Box flexDirection="column" width={ui.columns}>
      <Keys onKey={onKey} />
      {frameLines(ui, theme).map((row, y) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={y}>{plainText(row) || ' '}</Text>
      ))}
    </Box>
  );
}
