"""What words mean in a language, wherever they were said or typed: stems, numbers, dates."""
