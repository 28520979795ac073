"""The single-host model server: speech recognition, speakers, chat and sentence vectors behind OpenAI's HTTP paths.

It is a program of its own. Nothing in it knows of meetings, users or databases.
"""
