"""Pictures: checked before they are decoded, read by OCR where the chat model cannot see."""
